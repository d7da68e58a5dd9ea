/**
 * Answers real SDK clients in the process: a `requestHandler` that reads the operation from
 * `x-amz-target` and gives the body to the emulated service. All services in use speak awsJson, but EC2,
 * whose operation is in the form that is its body (ec2/query-format.ts).
 *
 * Invariant: every attempt counts, also one that is refused and one that the SDK makes again.
 * Who calls is known from `callers`: the invocation of a lambda sets itself there, and may keep a
 * call from ever returning (its sandbox has died). A test's own client has no caller.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { VirtualClock } from './clock.ts';
import { readForm, writeAnswer, writeRefusal } from './ec2/query-format.ts';
import type { Service } from './service.ts';
import { ServiceError } from './service-error.ts';

const TARGETS = {
  DynamoDB_20120810: 'dynamodb',
  AmazonSSM: 'ssm',
  AWSStepFunctions: 'sfn',
  AmazonEC2ContainerRegistry_V20150921: 'ecr',
  AmazonSQS: 'sqs',
  AWSEvents: 'events',
} as const;

export type ServiceName = (typeof TARGETS)[keyof typeof TARGETS] | 'ec2';

/** Whoever makes a call and can be hindered around it: an invocation of a lambda. */
export interface Caller {
  readonly functionName: string;
  readonly requestId: string;
  /** The number of this call among the caller's, from 1. May never return. */
  beforeCall(): Promise<number>;
  /** May never return: the call has taken effect, its answer reaches nobody. */
  afterCall(call: number): Promise<void>;
}

export const callers = new AsyncLocalStorage<Caller | undefined>();

export interface ApiCall {
  readonly service: ServiceName;
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly atMs: number;
  readonly caller: Caller | undefined;
}

export type ApiOutcome =
  | { readonly output: Readonly<Record<string, unknown>> }
  | { readonly error: ServiceError };

/** `lost_answer`: the call takes effect and the client sees a timeout, which the SDK retries. */
export type CallFault =
  | { readonly kind: 'refused'; readonly error: ServiceError }
  | { readonly kind: 'lost_request' }
  | { readonly kind: 'lost_answer' };

export interface WireOptions {
  clock: VirtualClock;
  services: Readonly<Record<ServiceName, Service>>;
  /** Virtual time from a lambda's call to its answer. Default: none. */
  latencyMs?: (service: ServiceName, operation: string) => number;
}

interface Request {
  hostname: string;
  headers: Record<string, string>;
  body?: unknown;
}

interface Response {
  statusCode: number;
  headers: Record<string, string>;
  body: Uint8Array;
}

export class Wire {
  /** Attempts by `service:Operation`, such as `ssm:SendCommand`. */
  readonly apiCalls = new Map<string, number>();
  /** Asked before each attempt; what it returns happens to the call. */
  fault: ((call: ApiCall) => CallFault | undefined) | undefined;
  /** Told of each call that reached its service, with its outcome. */
  onCall: ((call: ApiCall, outcome: ApiOutcome) => void) | undefined;
  /** For every SDK client of this cloud. */
  readonly requestHandler: {
    handle(request: Request): Promise<{ response: Response }>;
    metadata: { handlerProtocol: string };
    destroy(): void;
  };
  readonly #options: WireOptions;

  constructor(options: WireOptions) {
    this.#options = options;
    this.requestHandler = {
      handle: async (request) => ({ response: await this.#answer(request) }),
      metadata: { handlerProtocol: 'http/1.1' },
      destroy: () => {},
    };
  }

  async #answer(request: Request): Promise<Response> {
    const { clock, latencyMs } = this.#options;
    const caller = callers.getStore();
    const { service, operation, input } = readRequest(request);
    const number = await caller?.beforeCall();
    const call = { service, operation, input, atMs: clock.nowMs(), caller };
    const name = `${service}:${operation}`;
    this.apiCalls.set(name, (this.apiCalls.get(name) ?? 0) + 1);
    const fault = this.fault?.(call);
    if (fault?.kind === 'lost_request') throw timeoutError();
    const outcome =
      fault?.kind === 'refused'
        ? { error: fault.error }
        : await this.#apply(service, operation, call);
    const waitMs = caller ? (latencyMs?.(service, operation) ?? 0) : 0;
    if (waitMs > 0) await clock.sleep(waitMs);
    if (number !== undefined) await caller?.afterCall(number);
    if (fault?.kind === 'lost_answer') throw timeoutError();
    if (service === 'ec2') return respondInXml(operation, outcome);
    return 'error' in outcome ? refusal(outcome.error) : respond(200, outcome.output);
  }

  async #apply(service: ServiceName, operation: string, call: ApiCall): Promise<ApiOutcome> {
    let outcome: ApiOutcome;
    try {
      // What the service starts in turn is not the caller's doing any more.
      const output = await callers.run(undefined, () =>
        this.#options.services[service].apply(operation, { ...call.input }),
      );
      outcome = { output };
    } catch (error) {
      if (!(error instanceof ServiceError)) {
        // A fault of the emulation: it must surface from the clock, whatever the caller makes of it.
        this.#options.clock.spawn(() => Promise.reject(error));
        throw error;
      }
      outcome = { error };
    }
    this.onCall?.(call, outcome);
    return outcome;
  }
}

type Operation = Pick<ApiCall, 'service' | 'operation' | 'input'>;

function readRequest(request: Request): Operation {
  const target = request.headers['x-amz-target'] ?? '';
  const at = target.lastIndexOf('.');
  for (const [prefix, service] of Object.entries(TARGETS)) {
    if (prefix !== target.slice(0, at)) continue;
    const body: unknown = JSON.parse(readBody(request) ?? '{}');
    return { service, operation: target.slice(at + 1), input: isRecord(body) ? body : {} };
  }
  if (/^ec2\./.test(request.hostname)) {
    const input = readForm(readBody(request) ?? '');
    return { service: 'ec2', operation: String(input['Action']), input };
  }
  throw new Error(`no emulated service answers "${target || request.hostname}"`);
}

function readBody({ body }: Request): string | undefined {
  if (body instanceof Uint8Array) return new TextDecoder().decode(body);
  return body === undefined ? undefined : String(body);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function respond(
  statusCode: number,
  body: Readonly<Record<string, unknown>>,
  headers: Record<string, string> = {},
): Response {
  return {
    statusCode,
    headers: { 'content-type': 'application/x-amz-json-1.1', ...headers },
    body: new TextEncoder().encode(JSON.stringify(body)),
  };
}

function refusal(error: ServiceError): Response {
  const { code, message, fields, statusCode } = error;
  const headers = { 'x-amzn-errortype': code };
  return respond(statusCode, { __type: code, message, ...fields }, headers);
}

function respondInXml(operation: string, outcome: ApiOutcome): Response {
  const isRefused = 'error' in outcome;
  const text = isRefused ? writeRefusal(outcome.error) : writeAnswer(operation, outcome.output);
  return {
    statusCode: isRefused ? outcome.error.statusCode : 200,
    headers: { 'content-type': 'text/xml;charset=UTF-8' },
    body: new TextEncoder().encode(text),
  };
}

/** As the SDK's own HTTP handler throws it; the retry strategy takes it for a passing fault. */
function timeoutError(): Error {
  const error = new Error('the connection timed out before an answer came');
  error.name = 'TimeoutError';
  return error;
}
