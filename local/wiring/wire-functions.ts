/** Functions of the template with their environment, and what feeds them from queues. */
import * as z from 'zod';
import type { Runtime } from '#aws/runtime.ts';
import type { VirtualClock } from '../clock.ts';
import { EventSource } from '../lambda/event-source.ts';
import type { Functions } from '../lambda/functions.ts';
import type { Random } from '../seeded-random.ts';
import type { Sqs } from '../sqs/sqs.ts';
import { type BindableHandler, matchHandler } from './find-handlers.ts';
import type { Resolver } from './intrinsics.ts';
import { WiringError } from './template.ts';

const FunctionProperties = z.looseObject({
  Handler: z.string().optional(),
  Timeout: z.number().default(3),
  Environment: z.looseObject({ Variables: z.record(z.string(), z.unknown()) }).optional(),
  DeadLetterConfig: z.looseObject({ TargetArn: z.string() }).optional(),
});
const InvokeConfig = z.looseObject({
  FunctionName: z.string(),
  MaximumRetryAttempts: z.int().min(0).max(2).optional(),
  DestinationConfig: z
    .looseObject({ OnFailure: z.looseObject({ Destination: z.string() }).optional() })
    .optional(),
});
const Mapping = z.looseObject({
  EventSourceArn: z.string(),
  FunctionName: z.string(),
  BatchSize: z.int().min(1).default(10),
  MaximumBatchingWindowInSeconds: z.int().min(0).default(0),
  FunctionResponseTypes: z.array(z.literal('ReportBatchItemFailures')).default([]),
  ScalingConfig: z.looseObject({ MaximumConcurrency: z.int().min(2).max(1000) }).optional(),
  Enabled: z.boolean().default(true),
});

export interface FunctionWiring {
  resolver: Resolver;
  functions: Functions;
  sqs: Sqs;
  handlers: ReadonlyMap<string, BindableHandler>;
  /** What the function finds around it. */
  runtimeOf: (functionName: string, env: Readonly<Record<string, string>>) => Runtime;
  /** Of the clock of each of its sandboxes. */
  aheadMs: (functionName: string, sandbox: number) => number;
}

/** Handlers of the functions that CDK brings along: the provider framework of custom resources. */
const BROUGHT_ALONG = /^(framework\.|__entrypoint__\.)/;

/** The environment of functions that are not ours, by ARN. */
export type ForeignFunctions = ReadonlyMap<string, Readonly<Record<string, string>>>;

export function wireFunctions(wiring: FunctionWiring): ForeignFunctions {
  const { resolver, functions, sqs, handlers, runtimeOf, aheadMs } = wiring;
  const foreign = new Map<string, Readonly<Record<string, string>>>();
  const configs = invokeConfigs(resolver);
  for (const { logicalId, properties, physical, metadata } of resolver.resources(
    'AWS::Lambda::Function',
  )) {
    const {
      Handler = '',
      Timeout,
      Environment,
      DeadLetterConfig,
    } = FunctionProperties.parse(properties);
    const env = texts(Environment?.Variables ?? {}, logicalId);
    const arn = physical.attributes['Arn'] ?? '';
    if (BROUGHT_ALONG.test(Handler)) {
      foreign.set(arn, env);
      continue;
    }
    const handler = matchHandler(physical.name, metadata, handlers);
    if (handler === undefined) {
      throw new WiringError(`${logicalId}: no file of lambdas/ is ${physical.name}`);
    }
    const config = configs.get(physical.name);
    const deadLetters =
      config?.DestinationConfig?.OnFailure?.Destination ?? DeadLetterConfig?.TargetArn;
    const queue = deadLetters === undefined ? undefined : sqs.find(deadLetters);
    if (deadLetters !== undefined && queue === undefined) {
      throw new WiringError(`${logicalId}: there is no queue ${deadLetters}`);
    }
    const runtime = runtimeOf(physical.name, env);
    let sandboxes = 0;
    functions.register({
      name: physical.name,
      arn,
      timeoutMs: Timeout * 1000,
      bind: () => handler.on(withClock(runtime, aheadMs(physical.name, sandboxes++))),
      ...(config?.MaximumRetryAttempts !== undefined && {
        asyncRetries: config.MaximumRetryAttempts,
      }),
      ...(queue && { onAsyncFailure: (event) => void queue.send(JSON.stringify(event)) }),
    });
  }
  return foreign;
}

function withClock(runtime: Runtime, aheadMs: number): Runtime {
  return aheadMs === 0 ? runtime : { ...runtime, nowMs: () => runtime.nowMs() + aheadMs };
}

function invokeConfigs(resolver: Resolver): Map<string, z.infer<typeof InvokeConfig>> {
  const configs = new Map<string, z.infer<typeof InvokeConfig>>();
  for (const { properties } of resolver.resources('AWS::Lambda::EventInvokeConfig')) {
    const config = InvokeConfig.parse(properties);
    configs.set(config.FunctionName, config);
  }
  return configs;
}

function texts(variables: Record<string, unknown>, where: string): Record<string, string> {
  const wrong = Object.entries(variables).filter(([, value]) => typeof value !== 'string');
  if (wrong.length > 0) {
    throw new WiringError(`${where}: no text stands for ${wrong.map(([name]) => name).join(', ')}`);
  }
  return Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [name, String(value)]),
  );
}

export function wireEventSources(
  resolver: Resolver,
  environment: {
    region: string;
    sqs: Sqs;
    functions: Functions;
    clock: VirtualClock;
    random: Random;
  },
): void {
  const { sqs, functions, clock, random, region } = environment;
  for (const { logicalId, properties } of resolver.resources('AWS::Lambda::EventSourceMapping')) {
    const mapping = Mapping.parse(properties);
    const queue = sqs.find(mapping.EventSourceArn);
    if (queue === undefined) {
      throw new WiringError(`${logicalId}: there is no queue ${mapping.EventSourceArn}`);
    }
    if (!functions.has(mapping.FunctionName)) {
      throw new WiringError(`${logicalId}: there is no function ${mapping.FunctionName}`);
    }
    if (!mapping.Enabled) continue;
    new EventSource(
      {
        functionArn: mapping.FunctionName,
        region,
        batchSize: mapping.BatchSize,
        batchWindowMs: mapping.MaximumBatchingWindowInSeconds * 1000,
        reportsItemFailures: mapping.FunctionResponseTypes.length > 0,
        ...(mapping.ScalingConfig && {
          maximumConcurrency: mapping.ScalingConfig.MaximumConcurrency,
        }),
      },
      { queue, functions, clock, random },
    );
  }
}
