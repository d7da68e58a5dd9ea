/** What a person's own machine needs to watch rollouts and to act on them: the tables, and the control machine. */
import type { SFNClient } from '@aws-sdk/client-sfn';
import { openStates } from './ask-control.ts';
import type { Runtime } from './runtime.ts';
import { openStackTables, type Store } from './store.ts';

export interface Operations {
  store: Store;
  states: SFNClient;
  stack: string;
  nowMs(): number;
  region(): Promise<string>;
}

/** `stack`: the name of a stack; its tables and its control machine carry it. */
export function openOperations(runtime: Runtime, stack: string): Operations {
  const states = openStates(runtime);
  return {
    store: openStackTables(runtime, stack),
    states,
    stack,
    nowMs: runtime.nowMs,
    region: () => states.config.region(),
  };
}
