/**
 * Which file of lambdas/ a function of the template is: its name ends in the file's name
 * (`longshore-judge-batch` is judge-batch.ts), or its construct has it (`…/JudgeBatch/Resource`).
 */
import { readdirSync } from 'node:fs';
import type { Runtime } from '#aws/runtime.ts';
import type { BoundHandler } from '../lambda/functions.ts';
import type { Resource } from './template.ts';
import { WiringError } from './template.ts';

export interface BindableHandler {
  on(runtime: Runtime): BoundHandler;
}

const LAMBDAS = new URL('../../lambdas/', import.meta.url);

/** The handlers that the files of lambdas/ export, by the file's name without `.ts`. */
export async function importHandlers(): Promise<Map<string, BindableHandler>> {
  const handlers = new Map<string, BindableHandler>();
  for (const file of readdirSync(LAMBDAS).sort()) {
    if (!file.endsWith('.ts')) continue;
    const module: unknown = await import(new URL(file, LAMBDAS).href);
    const handler =
      typeof module === 'object' && module !== null && 'handler' in module
        ? module.handler
        : undefined;
    if (!isBindable(handler)) throw new WiringError(`lambdas/${file} exports no handler with on()`);
    handlers.set(file.slice(0, -'.ts'.length), handler);
  }
  return handlers;
}

function isBindable(value: unknown): value is BindableHandler {
  return typeof value === 'function' && 'on' in value && typeof value.on === 'function';
}

export function matchHandler<Handler>(
  functionName: string,
  metadata: Resource['Metadata'],
  handlers: ReadonlyMap<string, Handler>,
): Handler | undefined {
  const path = String(metadata['aws:cdk:path'] ?? '').split('/');
  const construct = toKebab(path.at(-2) ?? '');
  const names = [...handlers.keys()].sort((a, b) => b.length - a.length);
  const name =
    names.find((known) => functionName === known || functionName.endsWith(`-${known}`)) ??
    names.find((known) => known === construct);
  return name === undefined ? undefined : handlers.get(name);
}

function toKebab(pascal: string): string {
  return pascal.replaceAll(/(?<!^)([A-Z])/g, '-$1').toLowerCase();
}
