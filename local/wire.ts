/**
 * Answers real SDK clients in the process: a `requestHandler` that reads the operation from
 * `x-amz-target` and gives the body to the emulated service. All services in use speak awsJson, but EC2 and
 * the like, whose operation is in the form that is its body, and which answer in XML (query-formats.ts).
 *
 * Invariant: every attempt counts, also one that is refused and one that the SDK makes again.
 * Who calls is known from `callers`: the invocation of a lambda sets itself there, and may keep a
 * call from ever returning (its sandbox has died). A test's own client has no caller.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import {
  jsonAnswer,
  jsonRefusal,
  readTarget,
  type ServiceName,
  type TextAnswer,
} from './aws-json.ts';
import type { VirtualClock } from './clock.ts';
import { readForm } from './ec2/query-format.ts';
import { type QueryFormat, queryFormatOf } from './query-formats.ts';
import type { Service } from './service.ts';
import { ServiceError } from './service-error.ts';

/** Whoever makes a call and can be hindered around it: an invocation of a lambda. */
export interface Caller {
  readonly functionName: string;
  readonly requestId: string;
  /** What it was invoked with. */
  readonly payload: unknown;
  /** The number of this call among the caller's, from 1. May never return. */
  beforeCall(): Promise<number>;
  /** May never return: the call has taken effect, its answer reaches nobody. */
  afterCall(call: number): Promise<void>;
}

const DECODER = new TextDecoder();

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
  latencyMs?: (service: ServiceName, operation: string, call: ApiCall) => number;
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
    const waitMs = caller ? (latencyMs?.(service, operation, call) ?? 0) : 0;
    if (waitMs > 0) await clock.sleep(waitMs);
    if (number !== undefined) await caller?.afterCall(number);
    if (fault?.kind === 'lost_answer') throw timeoutError();
    const query = queryFormatOf(service);
    return encode(
      query === undefined ? inJson(outcome) : inQuery(query.format, operation, outcome),
    );
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
  const found = readTarget(target);
  if (found !== undefined) {
    const body: unknown = JSON.parse(readBody(request) ?? '{}');
    return { ...found, input: isRecord(body) ? body : {} };
  }
  const query = queryFormatOf(request.hostname.split('.')[0] ?? '');
  if (query !== undefined) {
    const input = readForm(readBody(request) ?? '');
    return { service: query.service, operation: String(input['Action']), input };
  }
  throw new Error(`no emulated service answers "${target || request.hostname}"`);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function readBody({ body }: Request): string | undefined {
  if (body instanceof Uint8Array) return DECODER.decode(body);
  return body === undefined ? undefined : String(body);
}

function encode({ text, ...head }: TextAnswer): Response {
  return { ...head, body: Buffer.from(text) };
}

function inJson(outcome: ApiOutcome): TextAnswer {
  return 'error' in outcome ? jsonRefusal(outcome.error) : jsonAnswer(outcome.output);
}

function inQuery(format: QueryFormat, operation: string, outcome: ApiOutcome): TextAnswer {
  return 'error' in outcome
    ? format.refusal(outcome.error)
    : format.answer(operation, outcome.output);
}

/** As the SDK's own HTTP handler throws it; the retry strategy takes it for a passing fault. */
function timeoutError(): Error {
  const error = new Error('the connection timed out before an answer came');
  error.name = 'TimeoutError';
  return error;
}
