/** Who may walk, and whether a command may go out. */

import type { Doing } from '../world.ts';
import { cut, type Guard } from './guard.ts';
import { all, bentOn, happens, type Likely, policies } from './likely.ts';

const GATE = 'core/gate.ts';
const SCHEDULE = 'core/judge-schedule.ts';
const ROOM = 'core/judge-room.ts';

const branch = (
  guard: string,
  file: string,
  find: string,
  put: string,
  likely?: Likely,
): Guard => ({
  guard,
  cuts: [cut(file, find, put)],
  ...(likely !== undefined && { likely }),
});

/** A batch of several chunks: while one is at work, others wait for their turn. */
const inChunks = policies(({ max_unavailable: most }) => Number(most) < 4);
const isEager: Likely = (world) => (world.isEager ? 1 : 0);
const isEnd = (doing: Doing) =>
  doing.kind === 'ask' && (doing.action === 'cancel' || doing.action === 'rollback');
const isBad = (doing: Doing) =>
  doing.kind === 'push' && (doing.what === 'bad' || doing.what === 'flaky');
const isLeft = (doing: Doing) =>
  doing.kind === 'outage' && doing.what === 'chunk_steps' && doing.ofNext !== undefined;
const soaks = policies(({ soak_seconds: soak }) => Number(soak) > 0);

export const gateGuards: readonly Guard[] = [
  branch(
    `${GATE} judgeWalk / run`,
    GATE,
    'if (rollout.run !== run) {',
    'if (false) {',
    bentOn('console'),
  ),
  {
    guard: `${GATE} judgeWalk / superseded`,
    likely: bentOn('gates', 'takeovers'),
    behind: '"Open batch", which opens none of a rollout that has ended',
    cuts: [
      cut(GATE, "if (rollout.status === 'superseded') {", 'if (false) {'),
      cut('core/plan-open-batch.ts', 'if (!isOpen(rollout.status)) {', 'if (false) {'),
    ],
  },
  {
    guard: `${GATE} judgeWalk / target`,
    likely: bentOn('gates'),
    cuts: [
      cut(
        GATE,
        'if (isOpen(rollout.status) && target?.active?.rollout !== rollout.rollout) {',
        'if (false) {',
      ),
    ],
  },
  branch(
    `${GATE} judgeUpdateGate / status`,
    GATE,
    "if (rollout.status !== 'in_progress') {",
    'if (false) {',
    bentOn('retries', 'console'),
  ),
  branch(
    `${GATE} judgeUpdateGate / gate`,
    GATE,
    "if (rollout.gate === 'closed') {",
    'if (false) {',
    all(inChunks, happens(isBad)),
  ),
  branch(
    `${GATE} judgeUpdateGate / decision`,
    GATE,
    'if (rollout.decision !== undefined) {',
    'if (false) {',
    all(bentOn('one_by_one'), happens(isEnd)),
  ),
  branch(
    `${GATE} judgeUpdateGate / schedule`,
    GATE,
    'if (!access.isOpen) return { isOpen: false, reason: access.reason };',
    '',
    bentOn('one_by_one'),
  ),
  {
    guard: `${ROOM} judgeRoom`,
    likely: happens(isLeft),
    cuts: [cut(ROOM, 'unheard.length < mostAtWork(rollout)', 'beside.length >= 0')],
  },
  {
    guard: `${ROOM} isRoomAsked`,
    likely: happens(isLeft),
    cuts: [cut(ROOM, 'rollout.settings.max_unavailable !== undefined', 'false')],
  },
  branch(
    `${GATE} judgeRestoreGate`,
    GATE,
    "const isHalted = rollout.status !== 'in_progress' || rollout.hold !== undefined;",
    'const isHalted = false;',
    all(
      soaks,
      isEager,
      happens((doing) => doing.kind === 'push' && doing.what === 'dies later'),
    ),
  ),
  branch(
    `${GATE} judgeRollbackGate / status`,
    GATE,
    "if (rollout.status !== 'rolling_back' || rollout.rollback === undefined) {",
    'if (rollout.rollback === undefined) {',
    all(isEager, happens(isBad)),
  ),
  branch(
    `${SCHEDULE} judgeSchedule / closed`,
    SCHEDULE,
    'const isOpen = now !== undefined && now.fromMs === nowMs;',
    'const isOpen = now !== undefined;',
  ),
  branch(
    `${SCHEDULE} judgeSchedule / too short`,
    SCHEDULE,
    'if (isOpen && now.untilMs - nowMs >= needMs) return { isOpen };',
    'if (isOpen) return { isOpen };',
    bentOn('windows'),
  ),
  branch(
    `${SCHEDULE} judgeSchedule / beginning`,
    SCHEDULE,
    'if (beginningMs > nowMs) return judgeBeginning(schedule, needMs, beginningMs);',
    '',
    policies(({ update_strategy: strategy }) => strategy === 'scheduled'),
  ),
  branch(
    `${SCHEDULE} judgeSchedule / freeze`,
    SCHEDULE,
    'return freeze.fromMs <= atMs && atMs < freeze.toMs;',
    'return false;',
    bentOn('one_by_one'),
  ),
];
