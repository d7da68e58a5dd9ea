/** No lambda calls what its role does not grant. */
import { actionOf, type Grants } from '#test/cloud/granted-actions.ts';
import type { Check } from './check.ts';

export function granted(grants: Grants): Check {
  return {
    name: 'IAM',
    begin: ({ report }) => ({
      onCall: ({ caller, service, operation }) => {
        if (caller === undefined) return;
        const action = actionOf(service, operation);
        if (!grants.get(caller.functionName)?.has(action)) {
          report(`${caller.functionName} may not call ${action}`);
        }
      },
    }),
  };
}
