/** Each status follows another as the contract says, entry by entry of the log; a pause goes back to where it came from. */
import type { Check } from './check.ts';

const END = ['cancelled', 'superseded', 'paused'];
const BACK = ['rolling_back'];
const HELD_FROM = [
  'pending',
  'awaiting_approval',
  'awaiting_window',
  'in_progress',
  'rolling_back',
];

const NEXT: Readonly<Record<string, readonly string[]>> = {
  pending: [
    'awaiting_approval',
    'awaiting_window',
    'in_progress',
    'completed',
    'failed',
    'held',
    ...END,
  ],
  awaiting_approval: ['awaiting_window', 'in_progress', 'rejected', 'expired', 'held', ...END],
  awaiting_window: ['in_progress', 'held', 'rolling_back', ...END],
  in_progress: [
    'awaiting_window',
    'held',
    'completed',
    'completed_with_failures',
    'rolling_back',
    ...END,
  ],
  held: [...HELD_FROM, ...END],
  paused: [...HELD_FROM, 'held', 'cancelled', 'superseded'],
  rolling_back: ['rolled_back', 'rollback_failed', 'held', 'paused'],
  completed: BACK,
  completed_with_failures: BACK,
  cancelled: BACK,
  superseded: BACK,
};

export const movesLegally: Check = {
  name: '13',
  begin: ({ report }) => ({
    onWrite: ({ kind, before, after }) => {
      if (kind !== 'meta' || before === undefined || after === undefined) return;
      const known = before.log.at(-1)?.seq ?? 0;
      let { status } = before;
      for (const entry of after.log.filter(({ seq }) => seq > known)) {
        const isLegal = entry.status === status || (NEXT[status] ?? []).includes(entry.status);
        if (!isLegal) report(`${after.rollout} went from ${status} to ${entry.status}`);
        ({ status } = entry);
      }
    },
  }),
};
