/** Statuses, the ends of executions, and the steps of a rollout. */
import { cut, type Guard } from './guard.ts';
import { all, bentOn, happens, policies } from './likely.ts';

const STATUS = 'core/status.ts';
const REOPEN = 'core/reopen.ts';
const CLOSE = 'core/plan-close.ts';
const TOKEN_STEP = 'aws/token-step.ts';
const PLAN_CHUNK = 'core/plan-chunk-step.ts';

export const walkGuards: readonly Guard[] = [
  {
    guard: `${STATUS} isOpen`,
    cuts: [cut(STATUS, 'return OPEN_STATUSES.some((open) => open === status);', 'return true;')],
  },
  {
    guard: `${STATUS} isFinalHost`,
    likely: bentOn('takeovers'),
    cuts: [
      cut(
        STATUS,
        "return status !== 'pending' && status !== 'updating' && status !== 'verifying';",
        'return true;',
      ),
    ],
  },
  {
    guard: `${STATUS} isLegalChange`,
    likely: happens(
      (doing) =>
        doing.kind === 'return_to' || (doing.kind === 'ask' && doing.action === 'rollback'),
    ),
    cuts: [cut(STATUS, "if (from === 'paused' && to === pausedFrom) return true;", 'return true;')],
  },
  {
    guard: 'core/await-window.ts isAsleep',
    likely: all(
      policies((policy) => 'maintenance_window_start' in policy),
      happens((doing) => doing.kind === 'ask' && doing.action === 'cancel'),
    ),
    cuts: [
      cut('core/await-window.ts', 'return waits_until_ms - nowMs > SOON_MS;', 'return false;'),
    ],
  },
  {
    guard: `${REOPEN} isEnded`,
    likely: bentOn('console'),
    cuts: [cut(REOPEN, 'return endedOf(rollout) !== undefined;', 'return false;')],
  },
  {
    guard: `${REOPEN} recordEnd / the execution that walks`,
    likely: bentOn('console'),
    cuts: [cut(REOPEN, 'if (!isNamed || ', 'if (')],
  },
  {
    guard: `${REOPEN} reopen / redriven since`,
    likely: bentOn('console'),
    cuts: [
      cut(
        REOPEN,
        "if (execution.status !== 'RUNNING' || execution.redriveCount <= ended.redrive_count)\n    return undefined;",
        '',
      ),
    ],
  },
  {
    guard: `${CLOSE} planClose / commands at work`,
    cuts: [cut(CLOSE, 'if (untilMs > nowMs) {', 'if (false) {')],
  },
  {
    guard: `${CLOSE} planClose / every host has it`,
    cuts: [
      cut(
        CLOSE,
        "end.to === 'completed' && !isEverywhere(totals) ? 'completed_with_failures' : end.to",
        'end.to',
      ),
    ],
  },
  {
    guard: `${PLAN_CHUNK} planWayBackStep / commands at work`,
    likely: bentOn('console'),
    behind: 'the token step, which waits for what it finds at work',
    cuts: [
      cut(PLAN_CHUNK, "if (untilMs > nowMs) return { step: 'later', untilMs };", ''),
      cut(
        TOKEN_STEP,
        'if (openCommands(prepared).length > 0) {',
        'if (openCommands(prepared).some((open) => open.generation === (rollout.rollback ?? open).generation)) {',
      ),
    ],
  },
  {
    guard: `${TOKEN_STEP} resume / looks for what was sent`,
    likely: bentOn('copies'),
    cuts: [
      cut(TOKEN_STEP, 'if (found !== undefined) {\n      current', 'if (false) {\n      current'),
    ],
  },
  {
    guard: `${TOKEN_STEP} advanceChunk / state before effect`,
    cuts: [
      cut(
        TOKEN_STEP,
        'const stored = await writeChunk(services.store, { ...intended, token });',
        'const stored = { ...intended, token };',
      ),
    ],
  },
  {
    guard: 'aws/settle.ts settleSuperseded / commands of the old one',
    likely: bentOn('takeovers'),
    cuts: [
      cut(
        'aws/settle.ts',
        "if (plan.verdict === 'again') {",
        "if (plan.verdict === 'again') {\n    if (nowMs > 0) return undefined;",
      ),
    ],
  },
  {
    guard: 'core/plan-answer.ts planAnswer / the plan that was seen',
    likely: bentOn('approvals'),
    cuts: [
      cut('core/plan-answer.ts', 'if (plan !== undefined && plan !== plan_hash) {', 'if (false) {'),
    ],
  },
  {
    guard: 'core/plan-answer.ts planAnswer / another person',
    likely: all(
      bentOn('approvals'),
      happens(({ kind }) => kind === 'trigger'),
    ),
    cuts: [
      cut(
        'core/plan-answer.ts',
        'return isOwn && !settings.approval.requester_may_approve',
        'return isOwn && settings.approval === undefined',
      ),
    ],
  },
  {
    guard: 'core/plan-open-batch.ts planOpenBatch / approved',
    likely: policies(({ update_strategy: strategy }) => strategy === 'manual'),
    behind: '"Plan rollout", which asks for the approval',
    cuts: [
      cut(
        'core/plan-open-batch.ts',
        'if (isManual && rollout.approved_plan !== rollout.plan_hash) {',
        'if (false) {',
      ),
      cut(
        'core/plan-approval.ts',
        "if (rollout.settings.update_strategy !== 'manual') {\n    return { verdict: 'ready'",
        "if (rollout.plan_hash) {\n    return { verdict: 'ready'",
      ),
    ],
  },
];
