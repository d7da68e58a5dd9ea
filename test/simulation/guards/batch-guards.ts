/** Thresholds, batches, and what is recorded of a chunk. */
import { cut, type Guard } from './guard.ts';
import { all, happens } from './likely.ts';

const BATCH = 'core/judge-batch.ts';
const OPEN = 'core/plan-open-batch.ts';
const BACK = 'core/plan-way-back.ts';

export const batchGuards: readonly Guard[] = [
  {
    guard: `${BATCH} judgeBatch / baseline`,
    cuts: [cut(BATCH, 'if (counts.baseline >= BASELINES) {', 'if (false) {')],
  },
  {
    guard: `${BATCH} judgeBatch / consecutive failures`,
    cuts: [cut(BATCH, 'if (row >= thresholds.max_consecutive_failures) {', 'if (false) {')],
  },
  {
    guard: `${BATCH} judgeBatch / failure rate`,
    cuts: [
      cut(
        BATCH,
        'if (isEnough && finished > 0 && failed / finished > thresholds.max_failure_rate) {',
        'if (false) {',
      ),
    ],
  },
  {
    guard: `${BATCH} judgeBatch / unknown rate`,
    cuts: [
      cut(
        BATCH,
        'if (batch.hasEnded && counts.unknown / batch.hosts > thresholds.max_unknown_rate) {',
        'if (false) {',
      ),
    ],
  },
  {
    guard: `${OPEN} isRecorded`,
    cuts: [
      cut(
        OPEN,
        'return tally.round >= rollout.round || tally.failed + tally.unknown === 0;',
        'return true;',
      ),
    ],
  },
  {
    guard: `${OPEN} planOpenBatch / judged before the next`,
    cuts: [
      cut(
        OPEN,
        'answered.batch === -1 || answered.batch_judged',
        "answered.batch === -1 || answered.gate === 'open'",
      ),
    ],
  },
  {
    guard: `${OPEN} planOpenBatch / the time between two`,
    cuts: [cut(OPEN, 'if (fromMs > nowMs) return', 'if (false) return')],
  },
  {
    guard: `${BACK} isThrough`,
    likely: all(
      ({ isEager }) => (isEager ? 1 : 0),
      happens((doing) => doing.kind === 'push' && doing.what === 'bad'),
    ),
    cuts: [
      cut(
        BACK,
        "    openCommands(chunk).length === 0 &&\n    chunk.hosts.every(\n      (host) =>\n        host.attempts === 0 || host.status === 'rolled_back' || host.status === 'rollback_failed',\n    )",
        '    openCommands(chunk).length >= 0',
      ),
    ],
  },
];
