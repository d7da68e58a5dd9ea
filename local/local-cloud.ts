/**
 * The services of one account and region in the process, driven by one virtual clock.
 *
 * Each service draws from its own stream of the seed, so that one more call of one service does not
 * shift what befalls the others.
 */
import type { Runtime } from '#aws/runtime.ts';
import { clientConfig } from './client-config.ts';
import { type RunOptions, VirtualClock } from './clock.ts';
import { DynamoStore, type DynamoStoreOptions } from './dynamodb/dynamo-store.ts';
import { Ec2 } from './ec2/ec2.ts';
import { Ecr, type EcrOptions } from './ecr/ecr.ts';
import { EventBridge } from './events/event-bridge.ts';
import { Fleet, type FleetOptions } from './hosts/fleet.ts';
import { readBehaviour } from './hosts/image-annotation.ts';
import { Functions } from './lambda/functions.ts';
import { LambdaError } from './lambda/lambda-error.ts';
import { type LogLine, logConsole } from './lambda/log-console.ts';
import { VirtualRetryStrategy } from './lambda/virtual-retry.ts';
import { type Random, type RangeMs, seededRandom, shareOf } from './seeded-random.ts';
import { Sns } from './sns/sns.ts';
import { Sqs } from './sqs/sqs.ts';
import type { ManagedHosts } from './ssm/managed-host.ts';
import { Ssm, type SsmOptions } from './ssm/ssm.ts';
import { TaskError } from './step-functions/failures.ts';
import type { Transition } from './step-functions/model.ts';
import { StepFunctions } from './step-functions/service.ts';
import { Sts } from './sts/sts.ts';
import { Wire, type WireOptions } from './wire.ts';
import type { Account } from './wiring/physical.ts';

/** Where an embedded cloud is, unless its options say otherwise. */
export const LOCAL_PLACE = { region: 'eu-west-1', accountId: '111122223333' };

export interface LocalCloudOptions {
  seed: number;
  startMs: number;
  /** Default `longshore`. */
  stackName?: string;
  /** Default `eu-west-1`. */
  region?: string;
  /** Default `111122223333`. */
  accountId?: string;
  dynamo?: Pick<DynamoStoreOptions, 'staleIndexReads' | 'isLeftUndone'>;
  ssm?: Pick<SsmOptions, 'latencies' | 'visibleAfterMs' | 'shortPageShare'>;
  hosts?: Pick<FleetOptions, 'timings' | 'pingLagMs' | 'keepsLogs'>;
  /** The hosts that SSM knows. Default: the simulated ones of `fleet`. */
  managedHosts?: (clock: VirtualClock) => ManagedHosts;
  eventDeliveryMs?: RangeMs;
  /** By how much the clock of a function's sandbox is ahead of the services', by the sandbox's number. Default 0. */
  lambdaAheadMs?: (functionName: string, sandbox: number) => number;
  /** Of the lambdas' API calls. Default: none. */
  latencyMs?: WireOptions['latencyMs'];
}

/** What waits longer than this waits for a person, not for the cloud. */
const SETTLED_AFTER_MS = 6 * 3_600_000;

export class LocalCloud {
  readonly account: Account;
  readonly clock: VirtualClock;
  /** For what tests and scenarios leave to chance. */
  readonly random: Random;
  readonly dynamo: DynamoStore;
  readonly ssm: Ssm;
  readonly ecr: Ecr;
  readonly ec2: Ec2;
  readonly events: EventBridge;
  readonly sns: Sns;
  readonly sqs: Sqs;
  readonly sts: Sts;
  readonly functions: Functions;
  readonly stepFunctions: StepFunctions;
  readonly fleet: Fleet;
  readonly wire: Wire;
  /** Every line that a lambda logged, and what the platform said of those that died. */
  readonly logs: LogLine[] = [];
  /** ARNs by name. */
  machines: ReadonlyMap<string, string> = new Map();
  /** Told of each move of an execution, right before it is made. */
  onTransition: ((transition: Transition) => void) | undefined;
  /** Step Functions in trouble: no wait of a machine is over before this instant. */
  waitsUntilMs = 0;
  readonly #runtimes = new Map<string, Runtime>();
  readonly #retryRandom: Random;

  constructor(options: LocalCloudOptions) {
    const { region, accountId, stackName = 'longshore' } = { ...LOCAL_PLACE, ...options };
    this.account = { region, accountId, stackName };
    const stream = (name: string) => seededRandom(options.seed + shareOf(name) * 0xffff_ffff);
    const clock = new VirtualClock(options.startMs);
    this.clock = clock;
    this.random = stream('scenario');
    this.#retryRandom = stream('retries');
    const { eventDeliveryMs } = options;
    this.events = new EventBridge({
      clock,
      random: stream('events'),
      region,
      accountId,
      ...(eventDeliveryMs && { deliveryMs: eventDeliveryMs }),
    });
    const emit: SsmOptions['emit'] = (event) => this.events.emit(event);
    this.dynamo = new DynamoStore({
      region,
      accountId,
      nowMs: () => clock.nowMs(),
      ...options.dynamo,
    });
    this.fleet = new Fleet({ clock, random: stream('hosts'), ...options.hosts });
    const { images } = this.fleet;
    const onImage: EcrOptions['onImage'] = (digest, { annotations }) => {
      const behaviour = readBehaviour(annotations);
      if (behaviour !== undefined) images.set(digest, behaviour);
    };
    this.ecr = new Ecr({ clock, region, accountId, emit, onImage });
    this.ec2 = new Ec2({ region, zoneOf: (id) => this.fleet.zoneOf(id) });
    images.isInRegistry = (ref) => this.#isInRegistry(ref);
    this.sns = new Sns({ clock, random: stream('sns'), region, accountId });
    this.sqs = new Sqs({ clock, random: stream('sqs') });
    this.ssm = new Ssm({
      clock,
      random: stream('ssm'),
      region,
      accountId,
      hosts: options.managedHosts?.(clock) ?? this.fleet,
      emit,
      ...options.ssm,
    });
    const log = (line: LogLine) => void this.logs.push(line);
    this.functions = new Functions({ clock, random: stream('lambda'), log });
    this.stepFunctions = new StepFunctions({
      clock,
      random: stream('sfn'),
      region,
      accountId,
      invokeLambda: (arn, payload) => this.#invokeForMachine(arn, payload),
      onStatusChange: (event) => emit({ source: 'aws.states', ...event }),
      onTransition: (transition) => this.onTransition?.(transition),
      waitsUntilMs: () => this.waitsUntilMs,
    });
    this.sts = new Sts(accountId);
    this.wire = new Wire({
      clock,
      services: {
        dynamodb: this.dynamo,
        ssm: this.ssm,
        sfn: this.stepFunctions,
        ecr: this.ecr,
        ec2: this.ec2,
        sns: this.sns,
        sqs: this.sqs,
        events: this.events,
        sts: this.sts,
      },
      ...(options.latencyMs && { latencyMs: options.latencyMs }),
    });
  }

  /** Attempts by `service:Operation`. */
  get apiCalls(): ReadonlyMap<string, number> {
    return this.wire.apiCalls;
  }

  /**
   * For SDK clients. A lambda's clients try three times, waiting in virtual time; a test's own client
   * tries once, for nothing drives the clock while the test awaits it.
   */
  clientConfig(maxAttempts = 1): Runtime['clientConfig'] {
    const { region } = this.account;
    const retryStrategy = new VirtualRetryStrategy(this.clock, this.#retryRandom, maxAttempts);
    return clientConfig({ region, wire: this.wire, retryStrategy, maxAttempts });
  }

  /** What a function finds around it, by its name. */
  runtimeFor(functionName: string): Runtime {
    const runtime = this.#runtimes.get(functionName);
    if (runtime === undefined) throw new Error(`there is no function ${functionName}`);
    return runtime;
  }

  /** Drives time. Throws what a fiber threw. */
  run(until: RunOptions): Promise<void> {
    return this.clock.run(until);
  }

  /**
   * Drives time until nothing happens for six hours but schedules, which rest meanwhile. What waits
   * for a person, or for tomorrow's window, goes on waiting; the time is then that of the last event.
   */
  async settle(quietMs = SETTLED_AFTER_MS): Promise<void> {
    this.events.pauseSchedules();
    try {
      await this.clock.run({ quietMs });
    } finally {
      this.events.resumeSchedules();
    }
  }

  /** Invokes a function as a person would in the console, driving time until it answers. */
  async invoke(nameOrArn: string, payload: unknown): Promise<unknown> {
    let ending: { value: unknown } | { error: unknown } | undefined;
    this.clock.spawn(async () => {
      try {
        ending = { value: await this.functions.invoke(nameOrArn, payload) };
      } catch (error) {
        ending = { error };
      }
    });
    await this.clock.run({ until: () => ending !== undefined });
    if (ending === undefined) throw new Error(`${nameOrArn} never answers`);
    if ('error' in ending) throw ending.error;
    return ending.value;
  }

  /** Makes the runtime of a function, once. */
  addRuntime(functionName: string, env: Readonly<Record<string, string>>): Runtime {
    const { region } = this.account;
    const nowMs = () => this.clock.nowMs();
    const runtime: Runtime = {
      nowMs,
      env: { AWS_REGION: region, AWS_LAMBDA_FUNCTION_NAME: functionName, ...env },
      clientConfig: this.clientConfig(3),
      console: logConsole(functionName, nowMs, (line) => void this.logs.push(line)),
    };
    this.#runtimes.set(functionName, runtime);
    return runtime;
  }

  async #invokeForMachine(arn: string, payload: unknown): Promise<unknown> {
    try {
      return await this.functions.invoke(arn, payload);
    } catch (error) {
      if (!(error instanceof LambdaError)) throw error;
      throw new TaskError(error.errorName, error.errorCause);
    }
  }

  /** A ref of this account's registry is looked up; any other registry has every image. */
  #isInRegistry(ref: string): boolean {
    const { accountId, region } = this.account;
    const prefix = `${accountId}.dkr.ecr.${region}.amazonaws.com/`;
    if (!ref.startsWith(prefix)) return true;
    const [name, digest] = ref.slice(prefix.length).split('@');
    const repository = this.ecr.repositories.find((held) => held.name === name);
    return repository?.find({ digest }) !== undefined;
  }
}
