import { describe, expect, it } from 'vitest';
import {
  HostStatus,
  isFinalHost,
  isLegalChange,
  isOpen,
  OPEN_STATUSES,
  RolloutStatus,
} from '#core/status.ts';

const STATUSES = RolloutStatus.options;

/**
 * The contract's table by itself, without cancelled, superseded and paused. A FAILED or TIMED_OUT execution
 * holds any open rollout, so `held` follows each of them, and a Redrive leads back to where it came from.
 */
const CONTRACT: Record<RolloutStatus, string> = {
  pending: 'awaiting_approval awaiting_window in_progress completed failed held',
  awaiting_approval: 'awaiting_window in_progress rejected expired held',
  awaiting_window: 'in_progress held rolling_back',
  in_progress: 'awaiting_window held completed completed_with_failures rolling_back',
  held: 'in_progress rolling_back pending awaiting_approval awaiting_window',
  paused: '',
  rolling_back: 'rolled_back rollback_failed held',
  completed: 'rolling_back',
  completed_with_failures: 'rolling_back',
  failed: '',
  rolled_back: '',
  rollback_failed: '',
  cancelled: 'rolling_back',
  rejected: '',
  expired: '',
  superseded: 'rolling_back',
};

function isInContract(from: RolloutStatus, to: RolloutStatus): boolean {
  if (CONTRACT[from].split(' ').includes(to)) return true;
  if (!isOpen(from)) return false;
  if (to === 'paused') return from !== 'paused';
  return (to === 'cancelled' || to === 'superseded') && from !== 'rolling_back';
}

const PAIRS = STATUSES.flatMap((from) => STATUSES.map((to) => ({ from, to })));

describe('a rollout', () => {
  it.each(PAIRS)('changes from $from to $to only as the contract says', ({ from, to }) => {
    expect(isLegalChange(from, to)).toBe(isInContract(from, to));
  });

  it.each(
    OPEN_STATUSES.filter((from) => from !== 'paused').flatMap((from) =>
      STATUSES.map((to) => ({ from, to })),
    ),
  )(
    'that was paused from $from changes to $to only if that is where it came from, or an end',
    ({ from, to }) => {
      const isEnd = (to === 'cancelled' || to === 'superseded') && from !== 'rolling_back';

      expect(isLegalChange('paused', to, from)).toBe(to === from || isEnd);
    },
  );

  it.each(STATUSES)(
    'that is %s is open only where something may still happen by itself',
    (status) => {
      const final =
        'completed completed_with_failures failed rolled_back rollback_failed cancelled rejected expired superseded';

      expect(isOpen(status)).toBe(!final.split(' ').includes(status));
    },
  );

  it.each(STATUSES.filter((status) => !isOpen(status)))(
    'that is %s changes to nothing but a way back by hand',
    (from) => {
      const next = STATUSES.filter((to) => isLegalChange(from, to));

      expect(next.filter((to) => to !== 'rolling_back')).toEqual([]);
    },
  );
});

describe('a host', () => {
  it.each(HostStatus.options)('that is %s is final only where it has an outcome', (status) => {
    expect(isFinalHost(status)).toBe(!['pending', 'updating', 'verifying'].includes(status));
  });
});
