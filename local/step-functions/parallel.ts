/** Parallel, and Map with its iterations in the same history. */
import type { MapState, ParallelState } from './definition.ts';
import { processorOf } from './definition.ts';
import {
  evaluateField,
  evaluateNumber,
  evaluatePayload,
  queryFailure,
  record,
} from './evaluation.ts';
import { dataLimitExceeded, StateFailure } from './failures.ts';
import { walkInner } from './inner-scopes.ts';
import { QueryError, unexpectedType } from './jsonata.ts';
import type { Scope, Visit } from './model.ts';
import { isTooLarge, type Payload, payloadOf } from './payload.ts';
import { MAX_INLINE_CONCURRENCY } from './quotas.ts';
import { innerScope } from './scope.ts';

/** A redriven Parallel finds its branches where they stood, and none of them begins anew. */
export async function runParallel(visit: Visit<ParallelState>): Promise<Payload> {
  const { scope, state } = visit;
  if (scope.inner === undefined) {
    const input =
      state.Arguments === undefined
        ? scope.input
        : await evaluatePayload(visit, state.Arguments, 'Arguments');
    record(visit, 'ParallelStateStarted');
    scope.inner = state.Branches.map((branch) => innerScope(visit, branch, input));
  }
  await walkInner(visit, scope.inner, scope.inner.length, {});
  return collect(
    visit,
    scope.inner.map((branch) => branch.output),
  );
}

export async function runInlineMap(visit: Visit<MapState>): Promise<Payload> {
  const { engine, scope, state } = visit;
  const limit = (await evaluateNumber(visit, state.MaxConcurrency, 'MaxConcurrency')) || Infinity;
  if (scope.inner === undefined) {
    const items = await evaluateItems(visit);
    record(visit, 'MapStateStarted', { length: items.length });
    scope.inner = items.map((item, index) => iterationScope(visit, item, index));
  }
  const { inner } = scope;
  const note = (type: string, index: number, about: Scope, previousEventId?: number) =>
    engine.record(
      about,
      `MapIteration${type}`,
      { index, name: scope.stateName },
      previousEventId === undefined ? {} : { previousEventId, isAside: true },
    );
  await walkInner(visit, inner, Math.min(limit, MAX_INLINE_CONCURRENCY), {
    started: (index, iteration) => note('Started', index, iteration),
    prepare: async (index, iteration) => {
      iteration.input = await itemInput(visit, iteration.input, index);
    },
    succeeded: (index, iteration) => note('Succeeded', index, iteration),
    failed: (index, previousEventId) => note('Failed', index, scope, previousEventId),
    aborted: (index, previousEventId) => note('Aborted', index, scope, previousEventId),
  });
  return collect(
    visit,
    inner.map((iteration) => iteration.output),
  );
}

function iterationScope(visit: Visit<MapState>, item: unknown, index: number): Scope {
  const processor = processorOf(visit.state);
  if (processor === undefined)
    throw new StateFailure('States.Runtime', 'The Map has no ItemProcessor.');
  return innerScope(visit, processor, payloadOf(item), { Index: index, Value: item });
}

export async function evaluateItems(visit: Visit<MapState>): Promise<readonly unknown[]> {
  const { scope, state } = visit;
  if (state.Items === undefined) {
    if (Array.isArray(scope.input.value)) return scope.input.value;
    throw queryFailure(
      visit,
      new QueryError(`Map state input must be an array but was: ${scope.input.text}`),
    );
  }
  const items = await evaluateField(visit, state.Items, 'Items');
  if (!Array.isArray(items)) {
    throw queryFailure(visit, unexpectedType(state.Items, 'Items', 'array', items));
  }
  const { value } = payloadOf(items);
  return Array.isArray(value) ? value : [];
}

/** What an iteration or a child execution gets: its item, or what ItemSelector makes of it. */
export async function itemInput(
  visit: Visit<MapState>,
  item: Payload,
  index: number,
): Promise<Payload> {
  const { state } = visit;
  if (state.ItemSelector === undefined) return item;
  const seen = { item: { Index: index, Value: item.value } };
  return evaluatePayload(visit, state.ItemSelector, 'ItemSelector', seen);
}

/** The array of outputs, put together from their texts. */
export function collect(visit: Visit, outputs: readonly (Payload | undefined)[]): Payload {
  const text = `[${outputs.map((output) => output?.text ?? 'null').join(',')}]`;
  if (isTooLarge(text)) throw dataLimitExceeded(visit.scope.stateName);
  return { value: outputs.map((output) => output?.value ?? null), text };
}
