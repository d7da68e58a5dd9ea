/** Stories which together walk every edge: state to next, Choice rule, Catch, Retry. */
import { CHILD_STORIES } from './child-stories.ts';
import { FAILURE_STORIES, troubled } from './failure-stories.ts';
import { NOT_YET, type Story, TIMEOUT } from './story.ts';

const WALKS: readonly Story[] = [
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
    title: 'updates, and was recorded by who read the results',
    answers: [{ ok: {} }, { verdict: 'record', isOver: true }],
  },
  {
    machine: 'chunk',
    title: 'soaks, and was recorded by who looked again',
    answers: [{ ok: {} }, 'probe', { ok: {} }, { verdict: 'record', isOver: true }],
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
  {
    machine: 'chunk',
    title: 'waits for its turn at each send, and again where it comes later still',
    answers: [
      ...[NOT_YET, NOT_YET, { ok: {} }, 'probe', NOT_YET, { ok: {} }, 'again', NOT_YET, TIMEOUT],
      ...['restore', NOT_YET, NOT_YET, { ok: {} }, 'record', { ok: {} }],
    ],
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
  {
    machine: 'rollback',
    title: 'waits for its turn, at first and after it waited for something else',
    answers: [NOT_YET, { ok: {} }, 'again', NOT_YET, { ok: {} }, 'record', { ok: {} }],
  },
  { machine: 'rollback', title: 'is superseded', answers: [{ ok: {} }, 'superseded'] },
  { machine: 'rollback', title: 'is replaced', answers: [{ ok: {} }, 'replaced'] },
  { machine: 'control', title: 'answers what was done', answers: ['done'] },
];

/** Those that together call every task. */
const TROUBLED = new Set([
  'plans in turns, advances, and closes',
  'waits for an approval, for a window at each door, and for its turn',
  'is superseded in a hold',
  'goes back when judged',
  'restores what failed its second look',
  'goes back',
  'answers what was done',
]);

export const STORIES: readonly Story[] = [
  ...WALKS,
  ...WALKS.filter(({ title }) => TROUBLED.has(title)).map(troubled),
  ...FAILURE_STORIES,
  ...CHILD_STORIES,
];
