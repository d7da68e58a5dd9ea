/**
 * Step Functions, Standard workflows, in the process: the API as the wire sees it (`apply`), and
 * typed readers for tests. Answers carry dates as seconds since 1970, as the service does.
 */
import type { Service } from '../service.ts';
import { ServiceError } from '../service-error.ts';
import { drawUuid, executionArn } from './arns.ts';
import {
  describeExecution,
  describeMachine,
  listedExecution,
  listedMachine,
  listedMapRun,
} from './describe.ts';
import { type EngineOptions, ExecutionEngine } from './engine.ts';
import { StateFailure } from './failures.ts';
import type { HistoryEvent } from './history.ts';
import { describeMapRun } from './map-run.ts';
import type { Execution, MapRun } from './model.ts';
import { MAX_REDRIVE_TOKENS, NAME_REUSE_MS, REDRIVE_TOKEN_MS } from './quotas.ts';
import { judgeRedrive } from './redrive.ts';
import {
  type Action,
  checkName,
  isAction,
  pageOf,
  parseRequest,
  readInput,
  readOutput,
} from './requests.ts';
import { StateMachines } from './state-machines.ts';

type Answer = Record<string, unknown>;

export class StepFunctions implements Service {
  readonly #engine: ExecutionEngine;
  readonly #machines: StateMachines;
  /** In the order in which they started. */
  readonly #byMachine = new Map<string, Execution[]>();

  constructor(options: EngineOptions) {
    this.#engine = new ExecutionEngine(options);
    this.#machines = new StateMachines(this.#engine.place, options.clock);
  }

  async apply(action: string, input: Record<string, unknown>): Promise<Answer> {
    if (!isAction(action)) {
      throw new ServiceError('UnknownOperationException', `Step Functions: ${action}`);
    }
    return this.#answer(action, input);
  }

  /** Returns the machine's ARN. */
  createStateMachine(machine: { name: string; definition: string; roleArn?: string }): string {
    const roleArn = `arn:aws:iam::${this.#engine.place.accountId}:role/${machine.name}`;
    return this.#machines.create({ roleArn, ...machine }).arn;
  }

  history(executionArn: string): readonly HistoryEvent[] {
    return this.#execution(executionArn).history.events;
  }

  /** Whether a task waits for this token now. */
  isWaitedFor(token: string): boolean {
    return this.#engine.tokens.isHeld(token);
  }

  /** As DescribeExecution has them, in the order in which they started. */
  executions(stateMachineArn: string): Answer[] {
    return (this.#byMachine.get(stateMachineArn) ?? []).map((execution) =>
      this.#describe(execution),
    );
  }

  /** As DescribeMapRun has them. */
  mapRuns(executionArn: string): Answer[] {
    return this.#execution(executionArn).mapRuns.map((mapRun) => this.#describeMapRun(mapRun));
  }

  /** As DescribeExecution has them, in the order of the items; what never started is missing. */
  children(mapRunArn: string): Answer[] {
    return this.#childrenOf(mapRunArn).map((child) => this.#describe(child));
  }

  /** State transitions, by which Standard workflows are paid: of one execution, or of all. */
  stateTransitions(executionArn?: string): number {
    return executionArn === undefined
      ? this.#engine.stateTransitions
      : this.#execution(executionArn).stateTransitions;
  }

  #answer(action: Action, input: Record<string, unknown>): Answer {
    switch (action) {
      case 'CreateStateMachine': {
        const machine = this.#machines.create(parseRequest(action, input));
        return { stateMachineArn: machine.arn, creationDate: machine.createdMs / 1_000 };
      }
      case 'UpdateStateMachine':
        this.#machines.update(parseRequest(action, input));
        return { updateDate: this.#engine.clock.nowMs() / 1_000 };
      case 'DescribeStateMachine':
        return describeMachine(this.#machines.find(parseRequest(action, input).stateMachineArn));
      case 'ListStateMachines': {
        const page = pageOf(this.#machines.all(), parseRequest(action, input));
        return { stateMachines: page.items.map(listedMachine), ...page.next };
      }
      case 'StartExecution': {
        const execution = this.#start(parseRequest(action, input));
        return { executionArn: execution.arn, startDate: execution.startMs / 1_000 };
      }
      case 'DescribeExecution':
        return this.#describe(this.#execution(parseRequest(action, input).executionArn));
      case 'ListExecutions':
        return this.#list(parseRequest(action, input));
      case 'StopExecution':
        return this.#stop(parseRequest(action, input));
      case 'RedriveExecution':
        return this.#redrive(parseRequest(action, input));
      case 'GetExecutionHistory': {
        const request = parseRequest(action, input);
        const { events } = this.#execution(request.executionArn).history;
        const page = pageOf(request.reverseOrder ? events.toReversed() : events, request);
        return { events: page.items, ...page.next };
      }
      case 'SendTaskSuccess': {
        const { taskToken, output } = parseRequest(action, input);
        const payload = readOutput(output);
        this.#engine.tokens.find(taskToken).succeed(payload);
        return {};
      }
      case 'SendTaskFailure': {
        const { taskToken, error, cause } = parseRequest(action, input);
        this.#engine.tokens.find(taskToken).fail(new StateFailure(error, cause));
        return {};
      }
      case 'SendTaskHeartbeat':
        this.#engine.tokens.find(parseRequest(action, input).taskToken).heartbeat();
        return {};
      case 'DescribeMapRun':
        return this.#describeMapRun(this.#mapRun(parseRequest(action, input).mapRunArn));
      case 'ListMapRuns': {
        const request = parseRequest(action, input);
        const { mapRuns } = this.#execution(request.executionArn);
        const page = pageOf(mapRuns.toReversed(), request);
        return { mapRuns: page.items.map(listedMapRun), ...page.next };
      }
    }
  }

  /** The same name and input again, while it runs, is the same execution; anything else is refused. */
  #start(request: {
    stateMachineArn: string;
    name?: string | undefined;
    input?: string | undefined;
  }): Execution {
    const { place, random, clock, executions } = this.#engine;
    const machine = this.#machines.find(request.stateMachineArn);
    const name = request.name ?? drawUuid(random);
    checkName(name);
    const input = readInput(request.input ?? '{}');
    const arn = executionArn(place, machine.name, name);
    const present = executions.get(arn);
    if (present && (present.stopMs ?? Number.POSITIVE_INFINITY) > clock.nowMs() - NAME_REUSE_MS) {
      if (present.status === 'RUNNING' && present.input.text === input.text) return present;
      throw new ServiceError('ExecutionAlreadyExists', `Execution Already Exists: '${arn}'`);
    }
    const execution = this.#engine.start(machine, name, input);
    const started = this.#byMachine.get(machine.arn) ?? [];
    if (present) started.splice(started.indexOf(present), 1);
    started.push(execution);
    this.#byMachine.set(machine.arn, started);
    return execution;
  }

  #list(request: {
    stateMachineArn?: string | undefined;
    mapRunArn?: string | undefined;
    statusFilter?: string | undefined;
    maxResults?: number | undefined;
    nextToken?: string | undefined;
  }): Answer {
    const { stateMachineArn, mapRunArn, statusFilter } = request;
    if ((stateMachineArn === undefined) === (mapRunArn === undefined)) {
      throw new ServiceError(
        'ValidationException',
        'Exactly one of stateMachineArn and mapRunArn must be given',
      );
    }
    const all =
      mapRunArn === undefined
        ? (this.#byMachine.get(this.#machines.find(stateMachineArn ?? '').arn) ?? [])
        : this.#childrenOf(mapRunArn);
    const wanted = all.filter(
      ({ status }) => statusFilter === undefined || status === statusFilter,
    );
    const page = pageOf(wanted.toReversed(), request);
    return { executions: page.items.map(listedExecution), ...page.next };
  }

  /** Of a closed execution: nothing happens, and the answer is when it closed. */
  #stop(request: {
    executionArn: string;
    error?: string | undefined;
    cause?: string | undefined;
  }): Answer {
    const execution = this.#execution(request.executionArn);
    if (execution.status === 'RUNNING') this.#engine.stop(execution, request);
    return { stopDate: (execution.stopMs ?? this.#engine.clock.nowMs()) / 1_000 };
  }

  #redrive(request: { executionArn: string; clientToken?: string | undefined }): Answer {
    const execution = this.#execution(request.executionArn);
    const nowMs = this.#engine.clock.nowMs();
    const { clientToken: token } = request;
    const known = execution.redriveTokens.find((used) => used.token === token);
    if (known && nowMs - known.redriveMs <= REDRIVE_TOKEN_MS) {
      return { redriveDate: known.redriveMs / 1_000 };
    }
    const reason = execution.mapRun
      ? 'Execution is redrivable by its Map Run only'
      : judgeRedrive(execution, nowMs);
    if (reason) {
      throw new ServiceError('ExecutionNotRedrivable', `Execution Not Redrivable: '${reason}'`);
    }
    if (token !== undefined) {
      execution.redriveTokens.push({ token, redriveMs: nowMs });
      if (execution.redriveTokens.length > MAX_REDRIVE_TOKENS) execution.redriveTokens.shift();
    }
    this.#engine.redrive(execution);
    return { redriveDate: nowMs / 1_000 };
  }

  #execution(arn: string): Execution {
    const execution = this.#engine.executions.get(arn);
    if (execution) return execution;
    throw new ServiceError('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`);
  }

  #mapRun(arn: string): MapRun {
    const mapRun = this.#engine.mapRuns.get(arn);
    if (mapRun) return mapRun;
    throw new ServiceError('ResourceNotFound', `Resource not found: '${arn}'`);
  }

  #childrenOf(mapRunArn: string): Execution[] {
    return this.#mapRun(mapRunArn).children.filter((child) => child !== undefined);
  }

  #describe(execution: Execution): Answer {
    return describeExecution(execution, this.#engine.clock.nowMs());
  }

  #describeMapRun(mapRun: MapRun): Answer {
    return describeMapRun(mapRun, this.#engine.clock.nowMs());
  }
}
