/** Folding the log gives the status, after every write of it; and the log only grows (I24). */
import { foldLog } from '#core/change-status.ts';
import type { LogEntry } from '#core/rollout.ts';
import type { Check } from './check.ts';

export const foldedLog: Check = {
  name: '13, I24',
  begin: ({ report }) => ({
    onWrite: ({ kind, before, after }) => {
      if (kind !== 'meta' || after === undefined) return;
      const folded = fold(after.log);
      if (folded !== after.status) {
        report(`the log of ${after.rollout} gives ${folded}, and its status is ${after.status}`);
      }
      const first = after.log[0]?.seq ?? 0;
      const kept = (before?.log ?? []).filter(({ seq }) => seq >= first);
      const isLonger = kept.every((entry, index) => {
        const now = after.log[index];
        return now?.seq === entry.seq && now.event === entry.event && now.at_ms === entry.at_ms;
      });
      if (!isLonger) report(`the log of ${after.rollout} has lost an entry, or told it anew`);
      if (before === undefined || before.status === after.status) return;
      if (after.log.length <= kept.length) {
        report(`${after.rollout} became ${after.status} without an entry in its log`);
      }
    },
  }),
};

function fold(log: readonly LogEntry[]): string {
  try {
    return foldLog(log);
  } catch (error) {
    return String(error);
  }
}
