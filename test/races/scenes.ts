/** What operators race each other over: small rollouts, and the acts that make sense in each. */
import { insist, type Story } from './stories.ts';

/** All but what the scene leaves no sense: `approve`, `retry-failed`, and an image that turns bad. */
const ALWAYS = [
  'pause',
  'resume',
  'cancel',
  'rollback',
  'a newer push',
  'Stop',
  'Redrive',
] as const;
export type Act = (typeof ALWAYS)[number] | 'approve' | 'retry-failed' | 'a bad image';

export interface Scene extends Story {
  acts: readonly Act[];
}

export const SCENES: readonly Scene[] = [
  {
    name: 'a good push in two batches',
    policy: { soak_seconds: 0 },
    hosts: 2,
    acts: [...ALWAYS, 'a bad image'],
    play: async (test) => void (await test.roll('v2')),
    ends: ['completed'],
  },
  {
    name: 'a push that a person approves',
    policy: { update_strategy: 'manual', staged_batches: [1], soak_seconds: 0 },
    hosts: 1,
    acts: [...ALWAYS, 'approve', 'a bad image'],
    play: async (test) => {
      await test.roll('v2');
      if ((await test.newest()).status === 'awaiting_approval') await insist(test, 'approve');
    },
    ends: ['completed'],
  },
  {
    name: 'a bad push, which goes back',
    policy: { staged_batches: [1], soak_seconds: 0 },
    hosts: 1,
    acts: ALWAYS,
    play: async (test) => void (await test.roll('v2', true)),
    ends: ['rolled_back'],
  },
  {
    name: 'a bad push that is held, and gone on with',
    policy: { on_threshold: 'hold', soak_seconds: 0 },
    hosts: 2,
    acts: [...ALWAYS, 'retry-failed'],
    play: async (test) => {
      test.cloud.fleet.images.set(test.push('v2'), { unhealthyShare: 1 });
      await test.cloud.settle();
      if ((await test.newest()).status === 'held') await insist(test, 'resume');
    },
    ends: ['held'],
  },
];
