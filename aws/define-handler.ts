/**
 * How every lambda is made: input parsed with zod, services bound once, one place that logs an error.
 *
 * `handler` is what Lambda calls; `handler.on(runtime)` gives the same function bound to another runtime
 * (the embedded cloud's). An input that does not parse is an error of the caller and names the field,
 * never the value, which may be secret.
 */
import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import middy from '@middy/core';
import type * as z from 'zod';
import { LostRaceError, NotYetError, ThrottledError } from '#core/errors.ts';
import { lambdaRuntime, type Runtime } from './runtime.ts';

interface Invocation<S> {
  services: S;
  log: Logger;
  metrics: Metrics;
  nowMs(): number;
}

interface LambdaContext {
  awsRequestId: string;
  functionName: string;
}

type BoundHandler = (event: unknown, context: LambdaContext) => Promise<unknown>;
export type DefinedHandler = BoundHandler & { on(runtime: Runtime): BoundHandler };

interface Definition<I extends z.ZodType, S> {
  Input: I;
  services: (runtime: Runtime) => S;
  run: (input: z.output<I>, invocation: Invocation<S>) => Promise<unknown>;
}

/** The payload is not what this lambda takes; nothing was done. */
class InvalidInputError extends Error {
  override readonly name = 'InvalidInputError';
}

const PASSING = /Throttl|ThroughputExceeded|TooManyRequests|RequestLimitExceeded|^TimeoutError$/;

export function defineHandler<I extends z.ZodType, S>(
  definition: Definition<I, S>,
): DefinedHandler {
  let own: BoundHandler | undefined;
  const handler: BoundHandler = (event, context) => {
    own ??= bind(definition, lambdaRuntime());
    return own(event, context);
  };
  return Object.assign(handler, { on: (runtime: Runtime) => bind(definition, runtime) });
}

function bind<I extends z.ZodType, S>(
  definition: Definition<I, S>,
  runtime: Runtime,
): BoundHandler {
  const services = definition.services(runtime);
  const log = new Logger({
    serviceName: runtime.env['POWERTOOLS_SERVICE_NAME'] ?? 'longshore',
    ...levelOf(runtime),
  });
  const metrics = new Metrics({
    namespace: runtime.env['POWERTOOLS_METRICS_NAMESPACE'] ?? 'Longshore',
    serviceName: runtime.env['POWERTOOLS_SERVICE_NAME'] ?? 'longshore',
  });
  if (runtime.console !== undefined) redirect([log, metrics], runtime.console);

  const { nowMs } = runtime;
  // A real timer would leak into virtual time: timeoutEarlyInMillis must be 0.
  const bound = middy({ timeoutEarlyInMillis: 0 })
    .use(finish(log, metrics))
    .handler((event: unknown) =>
      definition
        .run(parseInput(definition.Input, event), { services, log, metrics, nowMs })
        .catch((error: unknown) => {
          throw isPassing(error) ? new ThrottledError(error.message, { cause: error }) : error;
        }),
    );
  return (event, context) => Promise.resolve(Reflect.apply(bound, undefined, [event, context]));
}

function levelOf(runtime: Runtime): { logLevel?: 'DEBUG' | 'INFO' | 'WARN' | 'ERROR' } {
  switch (runtime.env['POWERTOOLS_LOG_LEVEL']) {
    case 'DEBUG':
      return { logLevel: 'DEBUG' };
    case 'WARN':
      return { logLevel: 'WARN' };
    case 'ERROR':
      return { logLevel: 'ERROR' };
    default:
      return { logLevel: 'INFO' };
  }
}

/** Powertools writes through a `console` of its own, which has no option. */
function redirect(writers: readonly object[], target: Console): void {
  for (const writer of writers) Reflect.set(writer, 'console', target);
}

function parseInput<I extends z.ZodType>(Input: I, event: unknown): z.output<I> {
  const parsed = Input.safeParse(event);
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues
    .map((issue) => `${issue.path.join('.') || 'the input'}: ${issue.code}`)
    .join('; ');
  throw new InvalidInputError(`the input does not parse: ${where}`);
}

/**
 * A service that is in trouble, slows us down or is silent for longer than its client tries. No machine knows its
 * names; by this one it is waited for, as long as it is away.
 */
function isPassing(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  const isServers = '$fault' in error && error.$fault === 'server';
  return isServers || PASSING.test(error.name);
}

function finish(log: Logger, metrics: Metrics): middy.MiddlewareObj<unknown, unknown, Error> {
  return {
    after: () => {
      if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
    },
    onError: ({ error }) => {
      // What the machine tries again is no error yet, and what waits for its turn is none at all.
      if (error instanceof NotYetError) {
        if (error.cause instanceof Error) log.warn(error.cause.message, { later: error.message });
        else log.info('not its turn yet', { later: error.message });
      } else if (error instanceof LostRaceError || error instanceof ThrottledError) {
        log.warn(error.message, { error: error.name });
      } else if (error instanceof Error) {
        log.error(error.message, error);
      }
      metrics.clearMetrics();
    },
  };
}
