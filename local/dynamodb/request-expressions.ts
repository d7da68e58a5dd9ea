/**
 * The expressions of a request: parsed (once per text, however often it comes), bound to the
 * request's names and values, and checked for names and values that none of them uses.
 */

import { cached } from '../parse-cache.ts';
import { bindCondition } from './bind-condition.ts';
import { bindUpdate } from './bind-update.ts';
import { parseCondition } from './condition-parser.ts';
import type { ExpressionKind } from './expression-reader.ts';
import { ExpressionScope } from './expression-scope.ts';
import type { Clause, Condition, Path, UnboundCondition } from './expression-tree.ts';
import { refuseOverlap } from './projection.ts';
import { parseProjection } from './projection-parser.ts';
import { invalid } from './refusal.ts';
import { type Input, readText } from './request.ts';
import { parseUpdate } from './update-parser.ts';

export interface Expressions {
  readonly update?: readonly Clause[] | undefined;
  readonly condition?: Condition | undefined;
  readonly keyCondition?: Condition | undefined;
  readonly filter?: Condition | undefined;
  readonly projection?: readonly Path[] | undefined;
  /** Every path that an expression names. */
  readonly paths: readonly Path[];
  /** Every path that the filter names. */
  readonly filterPaths: readonly Path[];
}

const NO_PATHS: readonly Path[] = [];
const NO_EXPRESSIONS: Expressions = { paths: NO_PATHS, filterPaths: NO_PATHS };

const cachedUpdate = cached(parseUpdate);
const cachedProjection = cached(parseProjection);
const cachedConditions: Readonly<
  Record<
    'ConditionExpression' | 'FilterExpression' | 'KeyConditionExpression',
    (text: string) => UnboundCondition
  >
> = {
  ConditionExpression: cached((text) => parseCondition('ConditionExpression', text)),
  FilterExpression: cached((text) => parseCondition('FilterExpression', text)),
  KeyConditionExpression: cached((text) => parseCondition('KeyConditionExpression', text)),
};

/** `kinds` are those that the action takes, in the order in which DynamoDB names them. */
export function readExpressions(input: Input, kinds: readonly ExpressionKind[]): Expressions {
  const names = input['ExpressionAttributeNames'] ?? undefined;
  const values = input['ExpressionAttributeValues'] ?? undefined;
  if (!kinds.some((kind) => input[kind] !== undefined)) {
    refuseWithout(names, values, kinds);
    return NO_EXPRESSIONS;
  }
  if (values !== undefined) refuseValuesWithout(input, kinds);
  const scope = new ExpressionScope(names, values);
  const text = (kind: ExpressionKind) => (kinds.includes(kind) ? readText(input, kind) : undefined);
  const bind = (kind: keyof typeof cachedConditions) => {
    const expression = text(kind);
    if (expression === undefined) return undefined;
    return bindCondition(cachedConditions[kind](expression), scope, kind);
  };
  const updateText = text('UpdateExpression');
  const update = updateText === undefined ? undefined : bindUpdate(cachedUpdate(updateText), scope);
  const condition = bind('ConditionExpression');
  const keyCondition = bind('KeyConditionExpression');
  const beforeFilter = scope.paths.length;
  const filter = bind('FilterExpression');
  const filterPaths = filter ? scope.paths.slice(beforeFilter) : NO_PATHS;
  const projection = bindProjection(text('ProjectionExpression'), scope);
  scope.refuseUnused();
  return { update, condition, keyCondition, filter, projection, paths: scope.paths, filterPaths };
}

function bindProjection(text: string | undefined, scope: ExpressionScope) {
  if (text === undefined) return undefined;
  const kind: ExpressionKind = 'ProjectionExpression';
  const paths = cachedProjection(text).map((path) => scope.path(path, kind));
  refuseOverlap(kind, paths);
  return paths;
}

function refuseWithout(names: unknown, values: unknown, kinds: readonly ExpressionKind[]): void {
  if (names !== undefined) {
    throw invalid('ExpressionAttributeNames can only be specified when using expressions');
  }
  if (values !== undefined) throw valuesWithout(kinds);
}

function refuseValuesWithout(input: Input, kinds: readonly ExpressionKind[]): void {
  const takers = kinds.filter((kind) => kind !== 'ProjectionExpression');
  if (!takers.some((kind) => input[kind] !== undefined)) throw valuesWithout(takers);
}

function valuesWithout(kinds: readonly ExpressionKind[]) {
  const takers = kinds.filter((kind) => kind !== 'ProjectionExpression');
  const verb = takers.length > 1 ? 'are' : 'is';
  return invalid(
    `ExpressionAttributeValues can only be specified when using expressions: ${takers.join(' and ')} ${verb} null`,
  );
}
