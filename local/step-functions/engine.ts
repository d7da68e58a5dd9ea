/**
 * Starts, ends, stops and redrives executions. An execution begins at the next step of the clock,
 * so that what StartExecution's caller does first happens first.
 *
 * An execution ends once: its strand is cut, so that nothing of it goes on but code that was
 * already called; the terminal event is its history's last; then its status is told.
 */
import type { VirtualClock } from '../clock.ts';
import { drawUuid, executionArn, type Place } from './arns.ts';
import { CUT, StateFailure } from './failures.ts';
import { History, inputDetails, outputDetails } from './history.ts';
import { functionsFor } from './jsonata-functions.ts';
import type {
  Engine,
  Execution,
  MapRun,
  RecordOptions,
  Scope,
  StateMachine,
  StatusChange,
  TaskCallContext,
  Transition,
} from './model.ts';
import type { Payload } from './payload.ts';
import { MAX_HISTORY_EVENTS } from './quotas.ts';
import { rootScope } from './scope.ts';
import { statusChangeOf } from './status-event.ts';
import { Strand } from './strand.ts';
import { TaskTokens } from './task-tokens.ts';
import { walk } from './walk.ts';

export interface EngineOptions {
  clock: VirtualClock;
  /** In [0, 1), as Math.random: jitter, identifiers, `$random`, `$uuid`. */
  random: () => number;
  region: string;
  accountId: string;
  /** Throws TaskError for the errors that a machine may see; anything else surfaces from the clock. */
  invokeLambda: (functionArn: string, payload: unknown, call: TaskCallContext) => Promise<unknown>;
  onStatusChange?: (event: StatusChange) => void;
  onTransition?: (transition: Transition) => void;
  /** No wait is over before. */
  waitsUntilMs?: () => number;
}

type Ending = { error?: string | undefined; cause?: string | undefined };

export class ExecutionEngine implements Engine {
  readonly clock: VirtualClock;
  readonly place: Place;
  readonly random: () => number;
  readonly tokens: TaskTokens;
  readonly functions: Readonly<Record<string, unknown>>;
  readonly invokeLambda: EngineOptions['invokeLambda'];
  readonly executions = new Map<string, Execution>();
  readonly mapRuns = new Map<string, MapRun>();
  stateTransitions = 0;
  readonly #options: EngineOptions;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.clock = options.clock;
    this.random = options.random;
    this.place = { region: options.region, accountId: options.accountId };
    this.tokens = new TaskTokens(options.random);
    this.functions = functionsFor(() => options.clock.nowMs(), options.random);
    this.invokeLambda = options.invokeLambda;
  }

  start(machine: StateMachine, name: string, input: Payload, mapRun?: MapRun): Execution {
    const execution: Execution = {
      arn: executionArn(this.place, machine.name, name),
      name,
      machine,
      input,
      startMs: this.clock.nowMs(),
      history: new History(),
      ...(mapRun === undefined ? {} : { mapRun }),
      status: 'RUNNING',
      isClosing: false,
      redriveCount: 0,
      stateTransitions: 0,
      mapRuns: [],
      redriveTokens: [],
    };
    this.executions.set(execution.arn, execution);
    this.#append(execution, 'ExecutionStarted', 0, {
      ...inputDetails(input.text),
      roleArn: machine.roleArn,
    });
    execution.root = rootScope(execution);
    this.countTransition(execution, {
      from: undefined,
      to: machine.definition.StartAt,
      by: 'start',
    });
    this.#tellStatus(execution);
    this.#begin(execution, execution.root);
    return execution;
  }

  startChild(mapRun: MapRun, input: Payload, onClosed: (child: Execution) => void): Execution {
    const child = this.start(mapRun.machine, drawUuid(this.random), input, mapRun);
    child.onClosed = onClosed;
    return child;
  }

  resumeChild(child: Execution, onClosed: (child: Execution) => void): void {
    child.onClosed = onClosed;
    this.redrive(child);
  }

  /** The caller has judged that it may be redriven. */
  redrive(execution: Execution): void {
    const { root } = execution;
    if (root === undefined) throw new Error(`${execution.arn} has no state to resume`);
    execution.status = 'RUNNING';
    execution.isClosing = false;
    execution.redriveCount++;
    execution.redriveMs = this.clock.nowMs();
    delete execution.stopMs;
    delete execution.error;
    delete execution.cause;
    const { redriveCount, history } = execution;
    this.#append(execution, 'ExecutionRedriven', history.length, { redriveCount });
    const from = root.isEntered ? root.stateName : undefined;
    this.countTransition(execution, { from, to: root.stateName, by: 'redrive' });
    this.#tellStatus(execution);
    this.#begin(execution, root);
  }

  stop(execution: Execution, ending: Ending = {}): void {
    this.#close(execution, 'ABORTED', ending);
  }

  abort(execution: Execution): void {
    if (execution.status === 'RUNNING') this.stop(execution);
  }

  openMapRun(mapRun: MapRun): void {
    this.mapRuns.set(mapRun.arn, mapRun);
    mapRun.execution.mapRuns.push(mapRun);
  }

  walk(scope: Scope, strand: Strand): Promise<Payload> {
    return walk(this, scope, strand);
  }

  record(
    scope: Scope,
    type: string,
    details?: Record<string, unknown>,
    { previousEventId = scope.previousEventId, isAside = false }: RecordOptions = {},
  ): number {
    const { execution } = scope;
    if (execution.history.length >= MAX_HISTORY_EVENTS - 1) {
      // What is cleared up while the execution ends has no room left, and is not what ended it.
      if (execution.isClosing) return execution.history.length;
      const cause = `The execution reached the maximum number of history events (${MAX_HISTORY_EVENTS}).`;
      this.#close(execution, 'FAILED', { error: 'States.Runtime', cause }, scope.previousEventId);
      throw CUT;
    }
    const id = this.#append(execution, type, previousEventId, details);
    if (!isAside) scope.previousEventId = id;
    return id;
  }

  waitsUntilMs(): number {
    return this.#options.waitsUntilMs?.() ?? 0;
  }

  countTransition(
    execution: Execution,
    move: Omit<Transition, 'executionArn' | 'stateMachineArn'>,
  ): void {
    execution.stateTransitions++;
    this.stateTransitions++;
    const { arn, machine } = execution;
    this.#options.onTransition?.({ executionArn: arn, stateMachineArn: machine.arn, ...move });
  }

  #begin(execution: Execution, root: Scope): void {
    const strand = new Strand();
    execution.strand = strand;
    const { clock } = this;
    const seconds = execution.machine.definition.TimeoutSeconds;
    const cancels = [
      clock.schedule(clock.nowMs(), () => {
        this.#drive(execution, root, strand).catch((error: unknown) => {
          clock.spawn(() => Promise.reject(error));
        });
      }),
    ];
    if (seconds !== undefined) {
      const timeoutMs = clock.nowMs() + seconds * 1_000;
      cancels.push(clock.schedule(timeoutMs, () => this.#close(execution, 'TIMED_OUT', {})));
    }
    execution.cancelTimeout = () => {
      for (const cancel of cancels) cancel();
    };
  }

  async #drive(execution: Execution, root: Scope, strand: Strand): Promise<void> {
    try {
      const output = await walk(this, root, strand);
      strand.check();
      execution.output = output.text;
      this.#close(execution, 'SUCCEEDED', {}, root.previousEventId);
    } catch (error) {
      if (error === CUT) return;
      if (!(error instanceof StateFailure)) throw error;
      const ending = { error: error.errorName, cause: error.cause };
      this.#close(execution, 'FAILED', ending, root.previousEventId);
    }
  }

  #close(
    execution: Execution,
    status: 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED',
    { error, cause }: Ending,
    previousEventId = 0,
  ): void {
    execution.isClosing = true;
    execution.cancelTimeout?.();
    const { strand } = execution;
    delete execution.strand;
    strand?.cut();
    execution.status = status;
    execution.stopMs = this.clock.nowMs();
    if (error !== undefined) execution.error = error;
    if (cause !== undefined) execution.cause = cause;
    if (status === 'SUCCEEDED') delete execution.root;
    this.#append(execution, TERMINAL[status], previousEventId, endingDetails(execution));
    this.#tellStatus(execution);
    const { onClosed } = execution;
    delete execution.onClosed;
    onClosed?.(execution);
  }

  #append(
    execution: Execution,
    type: string,
    previousEventId: number,
    details: Record<string, unknown> | undefined,
  ): number {
    return execution.history.append(type, this.clock.nowMs(), previousEventId, details);
  }

  #tellStatus(execution: Execution): void {
    this.#options.onStatusChange?.(statusChangeOf(execution));
  }
}

const TERMINAL = {
  SUCCEEDED: 'ExecutionSucceeded',
  FAILED: 'ExecutionFailed',
  TIMED_OUT: 'ExecutionTimedOut',
  ABORTED: 'ExecutionAborted',
} as const;

function endingDetails({ output, error, cause }: Execution): Record<string, unknown> {
  return {
    ...(cause === undefined ? {} : { cause }),
    ...(error === undefined ? {} : { error }),
    ...(output === undefined ? {} : outputDetails(output)),
  };
}
