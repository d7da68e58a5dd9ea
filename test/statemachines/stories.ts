/**
 * Short executions of the machines with scripted answers, which together walk every edge: state to next,
 * Choice rule, Catch. A verdict is written as its word; what a state needs besides is filled in.
 */
import type { ScriptedResult } from '#local/step-functions/scripted-run.ts';

export type MachineName = 'rollout' | 'chunk' | 'rollback';

export interface Story {
  machine: MachineName;
  title: string;
  answers: readonly (string | ScriptedResult)[];
  ends?: 'SUCCEEDED' | 'FAILED';
}

export const START_MS = Date.UTC(2026, 0, 1);

const TIMES = { updateSeconds: 100, lookSeconds: 100, restoreSeconds: 100 };

/** An answer with all that a following state may read. */
export function answerOf(answer: string | ScriptedResult, machine: MachineName): ScriptedResult {
  if (typeof answer !== 'string') return answer;
  return {
    ok: {
      verdict: answer,
      reason: 'as the story says',
      untilMs: START_MS + 3_600_000,
      ...(machine === 'rollout' && {
        policy: 'web',
        repository: 'shop/web',
        batch: 0,
        chunks: [],
        openedAtMs: START_MS,
        spacingMs: 200,
        concurrency: 1,
        ...TIMES,
      }),
    },
  };
}

export function inputOf(machine: MachineName): string {
  const execution = { rolloutId: 'web-123456-g1', run: 1 };
  if (machine === 'rollout') return JSON.stringify(execution);
  const address = { ...execution, policy: 'web', repository: 'shop/web', batch: 0, chunk: 0 };
  return JSON.stringify({ address, startAtMs: START_MS + 1000, ...TIMES });
}

const TIMEOUT: ScriptedResult = { timeout: true };

export const STORIES: readonly Story[] = [
  {
    machine: 'rollout',
    title: 'plans in turns, advances, and closes',
    answers: ['more', 'ready', 'go', 'advance', 'done', 'done'],
  },
  {
    machine: 'rollout',
    title: 'waits for an approval, for a window at each door, and for its turn',
    answers: [
      'await_approval',
      { ok: { verdict: 'look' } },
      'await_window',
      'await_window',
      'again',
      'go',
      'again',
      'go',
      'done',
      'again',
      'done',
    ],
  },
  {
    machine: 'rollout',
    title: 'asks again when an approval was never given',
    answers: ['await_approval', TIMEOUT, 'refused', 'done'],
  },
  { machine: 'rollout', title: 'has nothing to do', answers: ['nothing_to_do', 'done'] },
  {
    machine: 'rollout',
    title: 'is superseded while it plans, opens and judges',
    answers: ['superseded', 'done'],
  },
  {
    machine: 'rollout',
    title: 'is superseded at the door',
    answers: ['ready', 'superseded', 'done'],
  },
  {
    machine: 'rollout',
    title: 'is superseded when it judges',
    answers: ['ready', 'go', 'superseded', 'done'],
  },
  { machine: 'rollout', title: 'is replaced at once', answers: ['replaced'] },
  { machine: 'rollout', title: 'is replaced at the door', answers: ['ready', 'replaced'] },
  { machine: 'rollout', title: 'is replaced when it judges', answers: ['ready', 'go', 'replaced'] },
  {
    machine: 'rollout',
    title: 'is held twice, retried, goes on and is cancelled',
    answers: ['ready', 'go', 'hold', 'retry_failed', 'hold', 'go_on', 'hold', 'cancel', 'done'],
  },
  {
    machine: 'rollout',
    title: 'looks again when a hold was never answered, and is replaced there',
    answers: ['ready', 'hold', TIMEOUT, 'hold', 'replaced'],
  },
  {
    machine: 'rollout',
    title: 'is superseded in a hold',
    answers: ['ready', 'hold', 'superseded', 'done'],
  },
  {
    machine: 'rollout',
    title: 'goes back when judged',
    answers: ['ready', 'go', 'roll_back', 'go', 'done', 'done'],
  },
  {
    machine: 'rollout',
    title: 'goes back by decision, but is held instead, and then goes back at the door',
    answers: ['ready', 'hold', 'roll_back', 'hold', 'go_on', 'roll_back', 'superseded', 'done'],
  },
  {
    machine: 'rollout',
    title: 'goes back as a run of a rollout that goes back, and is replaced',
    answers: ['roll_back', 'replaced'],
  },
  {
    machine: 'rollout',
    title: 'cannot be closed yet, and is then replaced',
    answers: ['ready', 'done', 'hold', 'cancel', 'replaced'],
  },
  {
    machine: 'rollout',
    title: 'ends failed, redrivable, for a word that it does not know',
    answers: ['ready', 'perhaps'],
    ends: 'FAILED',
  },
  {
    machine: 'chunk',
    title: 'updates and is recorded',
    answers: [{ ok: {} }, 'record', { ok: {} }],
  },
  {
    machine: 'chunk',
    title: 'reads the results when no event came',
    answers: [TIMEOUT, 'again', { ok: {} }, 'record', { ok: {} }],
  },
  {
    machine: 'chunk',
    title: 'soaks, looks twice, and is recorded',
    answers: [{ ok: {} }, 'probe', { ok: {} }, 'again', TIMEOUT, 'record', { ok: {} }],
  },
  {
    machine: 'chunk',
    title: 'restores what failed its second look',
    answers: [{ ok: {} }, 'probe', { ok: {} }, 'restore', { ok: {} }, 'record', { ok: {} }],
  },
  {
    machine: 'chunk',
    title: 'looks again when a restore is silent',
    answers: [{ ok: {} }, 'restore', TIMEOUT, 'superseded'],
  },
  { machine: 'chunk', title: 'is replaced', answers: [{ ok: {} }, 'replaced'] },
  {
    machine: 'chunk',
    title: 'is superseded at its second look',
    answers: [{ ok: {} }, 'probe', { ok: {} }, 'superseded'],
  },
  {
    machine: 'chunk',
    title: 'is replaced at its second look',
    answers: [{ ok: {} }, 'probe', { ok: {} }, 'replaced'],
  },
  { machine: 'rollback', title: 'goes back', answers: [{ ok: {} }, 'record', { ok: {} }] },
  {
    machine: 'rollback',
    title: 'waits, and reads what no event announced',
    answers: [{ ok: {} }, 'again', TIMEOUT, 'record', { ok: {} }],
  },
  { machine: 'rollback', title: 'is superseded', answers: [{ ok: {} }, 'superseded'] },
  { machine: 'rollback', title: 'is replaced', answers: [{ ok: {} }, 'replaced'] },
];
