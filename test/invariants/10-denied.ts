/** A denied digest is desired only by a decision that bears a person's name, also where it was desired before. */
import type { Check } from './check.ts';

export const keptDenied: Check = {
  name: '10',
  begin: ({ report }) => ({
    onWrite: (write) => {
      if (write.kind !== 'target' || write.after === undefined) return;
      const { desired, denied, policy } = write.after;
      const standing = [...denied, ...dropped(write.before?.denied, denied)].find(
        (denial) => denial.digest === desired.digest && !((denial.lifted?.by ?? '') !== ''),
      );
      if (standing !== undefined && standing.digest !== '') {
        report(`${policy} desires ${desired.digest}, which is denied: ${standing.reason}`);
      }
    },
  }),
};

/** A denial that this write left out stands all the same, unless it is the hundred-and-first. */
function dropped<Denial extends { digest: string }>(
  before: readonly Denial[] = [],
  after: readonly Denial[],
): Denial[] {
  if (after.length >= 100) return [];
  return before.filter(({ digest }) => !after.some((kept) => kept.digest === digest));
}
