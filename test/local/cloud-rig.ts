/** Clouds for tests: one without a stack, or with a template of a few resources. */

import type { Runtime } from '#aws/runtime.ts';
import { createCloud } from '#local/cloud.ts';
import type { LambdaContext } from '#local/lambda/functions.ts';
import { LocalCloud, type LocalCloudOptions } from '#local/local-cloud.ts';
import type { BindableHandler } from '#local/wiring/find-handlers.ts';

export const START_MS = Date.UTC(2026, 2, 2, 9);
export const ACCOUNT = '111122223333';
export const REGION = 'eu-west-1';

/** The services alone. */
export function bareCloud(options: Partial<LocalCloudOptions> = {}): LocalCloud {
  return new LocalCloud({ seed: 1, startMs: START_MS, ...options });
}

export function cloudOf(
  resources: Record<string, unknown>,
  handlers: Record<string, BindableHandler> = {},
  options: Partial<Parameters<typeof createCloud>[0]> = {},
): Promise<LocalCloud> {
  const template = { Resources: resources };
  return createCloud({ template, handlers, seed: 1, startMs: START_MS, ...options });
}

/** A handler as a file of lambdas/ would export it. */
export function handlerOf(
  run: (event: unknown, runtime: Runtime, context: LambdaContext) => unknown,
): BindableHandler {
  return {
    on: (runtime) => async (event, context) => run(event, runtime, context),
  };
}

export function functionResource(name: string, properties: Record<string, unknown> = {}) {
  return {
    Type: 'AWS::Lambda::Function',
    Properties: { FunctionName: `longshore-${name}`, Timeout: 60, ...properties },
  };
}

/** Runs a piece of work as a fiber, so that virtual time may pass in it. */
export async function inFiber<Value>(
  cloud: LocalCloud,
  work: () => Promise<Value>,
): Promise<Value> {
  let ending: { value: Value } | { error: unknown } | undefined;
  cloud.clock.spawn(async () => {
    try {
      ending = { value: await work() };
    } catch (error) {
      ending = { error };
    }
  });
  await cloud.clock.run({ until: () => ending !== undefined });
  if (ending === undefined) throw new Error('the work never ends');
  if ('error' in ending) throw ending.error;
  return ending.value;
}
