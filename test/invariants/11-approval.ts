/**
 * Under `manual` the first intent follows a person's approval of the very plan that the chunk bears (I17). A way back
 * needs none.
 */

import { isPerson } from './02-thresholds.ts';
import type { Check } from './check.ts';

export const sentAsApproved: Check = {
  name: '11, I17',
  begin: ({ mirror, report }) => {
    const approved = new Set<string>();
    return {
      onWrite: ({ kind, before, after }) => {
        if (kind === 'meta' && after?.decision?.action === 'approve') {
          const { by, plan_hash } = after.decision;
          if (isPerson(by)) approved.add(`${after.rollout} ${plan_hash}`);
        }
        if (kind !== 'chunk' || after === undefined) return;
        const known = before?.commands.length ?? 0;
        if (!after.commands.slice(known).some(({ action }) => action === 'update')) return;
        const rollout = mirror.rollout(after.rollout);
        if (rollout?.plan_hash !== after.plan_hash) {
          report(`${after.rollout} intends an update of another plan than its own`);
        }
        const isManual = rollout?.settings.update_strategy === 'manual';
        if (isManual && !approved.has(`${after.rollout} ${after.plan_hash}`)) {
          report(`${after.rollout} intends an update, and nobody approved its plan`);
        }
      },
    };
  },
};
