/** Calls of people to Step Functions: none of them is lost. */
import { ServiceError } from '#local/service-error.ts';
import type { Stage } from '../stage.ts';

/** At once; what is refused comes to nothing. `what` counts what was done. */
export function callMachines(
  { cloud, counters }: Stage,
  action: string,
  input: Record<string, unknown>,
  what?: string,
): void {
  cloud.clock.spawn(async () => {
    try {
      await cloud.stepFunctions.apply(action, input);
      if (what !== undefined) counters.count(`${what}, done`);
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
    }
  });
}
