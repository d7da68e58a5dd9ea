/** What a person's own machine needs to watch rollouts and to act on them: tables, control machine, who they are. */
import type { SFNClient } from '@aws-sdk/client-sfn';
import type { STSClient } from '@aws-sdk/client-sts';
import { openStates } from './ask-control.ts';
import type { Runtime } from './runtime.ts';
import { openStackTables, type Store } from './store.ts';
import { openIdentity } from './who-asks.ts';

export interface Operations {
  store: Store;
  states: SFNClient;
  identity: STSClient;
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
    identity: openIdentity(runtime),
    stack,
    nowMs: runtime.nowMs,
    region: () => states.config.region(),
  };
}
