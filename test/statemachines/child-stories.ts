/** Stories with children: each chunk of a Map walks its own machine, and is answered by its number. */
import { type Story, TIMEOUT, thrown } from './story.ts';

const OK = { ok: {} };

export const CHILD_STORIES: readonly Story[] = [
  {
    machine: 'rollout',
    title: 'updates two chunks, one after the other',
    answers: ['ready', { verdict: 'go', chunks: [0, 1] }, 'done', 'done'],
    chunks: { 0: [OK, 'record', OK], 1: [OK, 'probe', OK, 'record', OK] },
  },
  {
    machine: 'rollout',
    title: 'updates a single chunk of a later batch',
    answers: ['ready', { verdict: 'go', batch: 3, chunks: [7] }, 'done', 'done'],
    chunks: { 7: [OK, 'superseded'] },
  },
  {
    machine: 'rollout',
    title: 'judges a batch whose chunks failed',
    answers: ['ready', { verdict: 'go', chunks: [4, 5, 6] }, 'hold', 'cancel', 'done'],
    chunks: {
      4: [thrown('TypeError')],
      5: [OK, 'restore', thrown('LostRaceError'), OK, 'record', OK],
      6: [TIMEOUT, { ok: {} }],
    },
  },
  {
    machine: 'rollout',
    title: 'updates chunks at the same time',
    answers: [
      'ready',
      { verdict: 'go', chunks: [0, 1, 2], concurrency: 2, spacingMs: 90_000 },
      'done',
      'done',
    ],
    chunks: {
      0: [OK, thrown('ThrottledError'), 'probe', TIMEOUT, 'restore', OK, 'record', OK],
      1: [TIMEOUT, 'again', { error: 'Refused' }],
      2: [OK, 'record', TIMEOUT, OK],
    },
    isConcurrent: true,
  },
  {
    machine: 'rollout',
    title: 'takes two chunks back, in another order',
    answers: [
      'roll_back',
      {
        verdict: 'go',
        chunks: [
          [1, 3],
          [0, 2],
        ],
      },
      'done',
      'done',
    ],
    chunks: { 3: [OK, 'again', TIMEOUT, 'record', OK], 2: [thrown('TypeError')] },
  },
  {
    machine: 'rollout',
    title: 'takes all chunks back at the same time, after an update',
    answers: [
      'ready',
      { verdict: 'go', chunks: [0, 1], concurrency: 5 },
      'roll_back',
      {
        verdict: 'go',
        chunks: [
          [0, 0],
          [0, 1],
        ],
        concurrency: 40,
      },
      'done',
      'done',
    ],
    chunks: {
      0: [OK, 'superseded', thrown('LostRaceError'), OK, 'record', OK],
      1: [OK, 'restore', OK, 'superseded', OK, 'replaced'],
    },
    isConcurrent: true,
  },
];
