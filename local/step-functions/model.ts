/**
 * The records of the interpreter. An execution is walked state by state; where it stands is kept
 * in Scopes, not on the call stack, because a redrive has to go on exactly there: at each state
 * that was entered and not exited, with the input and the variables that it was entered with.
 */
import type { VirtualClock } from '../clock.ts';
import type { Place } from './arns.ts';
import type { Definition, State } from './definition.ts';
import type { History } from './history.ts';
import type { Payload } from './payload.ts';
import type { Strand } from './strand.ts';
import type { TaskTokens } from './task-tokens.ts';

export type Variables = Readonly<Record<string, unknown>>;

export interface StateMachine {
  readonly arn: string;
  readonly name: string;
  readonly roleArn: string;
  readonly definition: Definition;
  /** As it was written. */
  readonly text: string;
  readonly createdMs: number;
}

export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

export interface Execution {
  readonly arn: string;
  readonly name: string;
  readonly machine: StateMachine;
  readonly input: Payload;
  readonly startMs: number;
  readonly history: History;
  /** Present for the executions that a Map Run started. */
  readonly mapRun?: MapRun;
  status: ExecutionStatus;
  isClosing: boolean;
  stopMs?: number;
  output?: string;
  error?: string;
  cause?: string;
  redriveCount: number;
  redriveMs?: number;
  /** Where it stands; forgotten once it has succeeded. */
  root?: Scope;
  strand?: Strand;
  cancelTimeout?: () => void;
  stateTransitions: number;
  readonly mapRuns: MapRun[];
  readonly redriveTokens: { readonly token: string; readonly redriveMs: number }[];
  onClosed?: (execution: Execution) => void;
}

/** One chain of states: of an execution, a branch, an iteration. */
export interface Scope {
  readonly execution: Execution;
  readonly definition: Definition;
  readonly queryLanguage: 'JSONata' | 'JSONPath';
  /** Set inside an inline Map. */
  readonly item?: MapItem;
  isStarted: boolean;
  /** The state that runs (`isEntered`) or runs next. */
  stateName: string;
  isEntered: boolean;
  enteredMs: number;
  enteredEventId: number;
  enteredPreviousEventId: number;
  previousEventId: number;
  input: Payload;
  variables: Variables;
  /** Of all texts that were ever assigned in the chain. */
  assignedLength: number;
  /** What the chain gave, once it has ended well. */
  output?: Payload;
  /** The branches or iterations of the state that runs. */
  inner?: Scope[];
  /** The Map Run of the state that runs. */
  mapRun?: MapRun;
}

export interface MapItem {
  readonly Index: number;
  readonly Value: unknown;
}

type MapRunStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'ABORTED';

export interface Tolerance {
  readonly failureCount?: number;
  readonly failurePercentage?: number;
}

export interface MapRun {
  readonly arn: string;
  readonly execution: Execution;
  readonly machine: StateMachine;
  readonly items: readonly unknown[];
  /** One for each item, once it was started. */
  readonly children: (Execution | undefined)[];
  readonly maxConcurrency: number;
  readonly tolerance: Tolerance;
  readonly startMs: number;
  status: MapRunStatus;
  stopMs?: number;
  redriveCount: number;
  redriveMs?: number;
}

export interface TaskCallContext {
  readonly executionArn: string;
  readonly stateName: string;
  /** Present for `.waitForTaskToken`. */
  readonly token?: string;
  readonly timeoutMs?: number;
  readonly heartbeatMs?: number;
}

/** A move of an execution, for counting and for seeing which states, branches and catches ran. */
export interface Transition {
  readonly executionArn: string;
  readonly stateMachineArn: string;
  readonly from: string | undefined;
  readonly to: string;
  readonly by: 'start' | 'next' | 'choice' | 'default' | 'catch' | 'retry' | 'redrive';
  /** Which of the state's Choices, Catch or Retry it was. */
  readonly index?: number;
}

export interface StatusChange {
  readonly detailType: 'Step Functions Execution Status Change';
  readonly resources: string[];
  readonly detail: Record<string, unknown>;
}

export interface RecordOptions {
  /** Where the event stands in its chain, if not after the chain's last event. */
  readonly previousEventId?: number;
  /** An event beside the chain: the next one follows the same predecessor. */
  readonly isAside?: boolean;
}

/** What the states need of the machinery around them. */
export interface Engine {
  readonly clock: VirtualClock;
  readonly place: Place;
  readonly random: () => number;
  readonly tokens: TaskTokens;
  /** AWS's additions to JSONata, bound to this engine's clock and random source. */
  readonly functions: Readonly<Record<string, unknown>>;
  readonly invokeLambda: (
    functionArn: string,
    payload: unknown,
    call: TaskCallContext,
  ) => Promise<unknown>;
  record(
    scope: Scope,
    type: string,
    details?: Record<string, unknown>,
    options?: RecordOptions,
  ): number;
  countTransition(
    execution: Execution,
    move: Omit<Transition, 'executionArn' | 'stateMachineArn'>,
  ): void;
  /** The service in trouble: no wait is over before, whatever its own instant. */
  waitsUntilMs(): number;
  walk(scope: Scope, strand: Strand): Promise<Payload>;
  openMapRun(mapRun: MapRun): void;
  startChild(mapRun: MapRun, input: Payload, onClosed: (child: Execution) => void): Execution;
  resumeChild(child: Execution, onClosed: (child: Execution) => void): void;
  abort(execution: Execution): void;
}

/** One visit of a state. */
export interface Visit<S extends State = State> {
  readonly engine: Engine;
  readonly scope: Scope;
  readonly strand: Strand;
  readonly state: S;
  /** Retries so far in this visit. */
  retryCount: number;
  token?: string;
}
