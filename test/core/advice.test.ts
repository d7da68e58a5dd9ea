import { describe, expect, it } from 'vitest';
import { adviceFor } from '#core/advice.ts';
import { RolloutStatus } from '#core/status.ts';
import {
  ARN,
  aDecision,
  aHeldRollout,
  aNewRollout,
  aPausedRollout,
  aRollout,
  aWayBack,
  NOW_MS,
} from './fixtures.ts';

const hold = { reason: 'FAILED', batch: 0, since_ms: NOW_MS };
const ended = { execution_arn: ARN, redrive_count: 0 };
const BACK = 'rollback takes every touched host back, cancel leaves them as they are';
const BEFORE = 'cancel ends it before any host was touched';

describe('what can be done about a rollout', () => {
  it.each([
    [
      'that is held',
      aHeldRollout(),
      `resume goes on without the failed hosts, retry-failed tries them again, ${BACK}`,
    ],
    [
      'whose execution failed',
      aHeldRollout({ hold: { ...hold, ended } }),
      `resume tries again, ${BACK}`,
    ],
    [
      'that is held before its first batch',
      aHeldRollout({ batch: -1 }),
      `resume tries again, ${BEFORE}`,
    ],
    ['that is paused', aPausedRollout('in_progress'), `resume goes on, ${BACK}`],
    [
      'that is paused before its first batch',
      aPausedRollout('pending', { batch: -1 }),
      `resume goes on, ${BEFORE}`,
    ],
    [
      'that awaits an approval',
      aRollout({ status: 'awaiting_approval' }),
      'approve begins it, reject ends it',
    ],
    [
      'that is held on its way back',
      aHeldRollout({ decision: aDecision('roll_back') }),
      'resume goes on with the way back',
    ],
    ['that goes back', aWayBack(), ''],
    ['that goes on', aRollout(), ''],
    ['that begins', aNewRollout(), ''],
  ])('%s', (_, rollout, advice) => {
    expect(adviceFor(rollout)).toBe(advice);
  });

  it.each(
    RolloutStatus.options.filter(
      (status) => !['paused', 'held', 'awaiting_approval'].includes(status),
    ),
  )('that is %s is nothing', (status) => {
    expect(adviceFor(aRollout({ status }))).toBe('');
  });
});
