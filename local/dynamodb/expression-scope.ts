/**
 * ExpressionAttributeNames and ExpressionAttributeValues of one request: resolves what its
 * expressions name, and refuses what none of them used. Every path that was resolved is kept,
 * because key attributes may not be looked into (`key.part`).
 */
import { ServiceError } from '../service-error.ts';
import { acceptValue } from './accept-value.ts';
import { type AttributeValue, isRecord } from './attribute-value.ts';
import type { ExpressionKind } from './expression-reader.ts';
import type { Path, UnboundPath } from './expression-tree.ts';
import { invalid } from './refusal.ts';

const NAME_KEY = /^#[0-9a-zA-Z_]+$/;
const VALUE_KEY = /^:[0-9a-zA-Z_]+$/;

export class ExpressionScope {
  readonly #names: ReadonlyMap<string, string>;
  readonly #values: ReadonlyMap<string, AttributeValue>;
  readonly #used = new Set<string>();
  readonly paths: Path[] = [];

  constructor(names: unknown, values: unknown) {
    this.#names = names === undefined ? NO_NAMES : acceptNames(names);
    this.#values = values === undefined ? NO_VALUES : acceptValues(values);
  }

  path(unbound: UnboundPath, kind: ExpressionKind): Path {
    const hasAlias = unbound.some((part) => typeof part === 'string' && part.startsWith('#'));
    const path = hasAlias
      ? unbound.map((part) => (typeof part === 'string' ? this.#name(part, kind) : part))
      : unbound;
    this.paths.push(path);
    return path;
  }

  #name(part: string, kind: ExpressionKind): string {
    if (!part.startsWith('#')) return part;
    const name = this.#names.get(part);
    if (name === undefined) {
      throw refusal(
        kind,
        `An expression attribute name used in the document path is not defined; attribute name: ${part}`,
      );
    }
    this.#used.add(part);
    return name;
  }

  value(name: string, kind: ExpressionKind): AttributeValue {
    const value = this.#values.get(name);
    if (value === undefined) {
      throw refusal(
        kind,
        `An expression attribute value used in expression is not defined; attribute value: ${name}`,
      );
    }
    this.#used.add(name);
    return value;
  }

  refuseUnused(): void {
    this.#refuseUnused(this.#names, 'ExpressionAttributeNames');
    this.#refuseUnused(this.#values, 'ExpressionAttributeValues');
  }

  #refuseUnused(given: ReadonlyMap<string, unknown>, parameter: string): void {
    if (given.size === 0) return;
    const unused = [...given.keys()].filter((key) => !this.#used.has(key));
    if (unused.length === 0) return;
    throw invalid(
      `Value provided in ${parameter} unused in expressions: keys: {${unused.join(', ')}}`,
    );
  }
}

const NO_NAMES: ReadonlyMap<string, string> = new Map();
const NO_VALUES: ReadonlyMap<string, AttributeValue> = new Map();

function acceptNames(raw: unknown): Map<string, string> {
  const given = acceptMap(raw, 'ExpressionAttributeNames', NAME_KEY);
  const names = new Map<string, string>();
  for (const key of Object.keys(given)) {
    const name = given[key];
    if (typeof name !== 'string' || name === '') {
      throw invalid(
        `ExpressionAttributeNames contains invalid value: Empty attribute name for key ${key}`,
      );
    }
    names.set(key, name);
  }
  return names;
}

function acceptValues(raw: unknown): Map<string, AttributeValue> {
  const given = acceptMap(raw, 'ExpressionAttributeValues', VALUE_KEY);
  const values = new Map<string, AttributeValue>();
  for (const key of Object.keys(given)) {
    try {
      values.set(key, acceptValue(given[key]));
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      const words = `ExpressionAttributeValues contains invalid value: ${error.message} for key`;
      throw new ServiceError(error.code, `${words} ${key}`);
    }
  }
  return values;
}

function acceptMap(raw: unknown, parameter: string, pattern: RegExp): Record<string, unknown> {
  if (!isRecord(raw)) throw invalid(`${parameter} must not be empty`);
  const keys = Object.keys(raw);
  if (keys.length === 0) throw invalid(`${parameter} must not be empty`);
  for (const key of keys) {
    if (pattern.test(key)) continue;
    throw invalid(`${parameter} contains invalid key: Syntax error; key: "${key}"`);
  }
  return raw;
}

export function refusal(kind: ExpressionKind, detail: string): ServiceError {
  return invalid(`Invalid ${kind}: ${detail}`);
}
