/**
 * Walks the branches of a Parallel or the iterations of an inline Map side by side, at most `limit`
 * at a time. The first failure stops the others where they stand; a redrive later walks on from
 * there, past those that have ended well.
 */
import { CUT, StateFailure } from './failures.ts';
import type { Engine, Scope, Visit } from './model.ts';
import { Strand } from './strand.ts';

export interface InnerHooks {
  /** Before the first state of an iteration; `previousEventId` is what it follows. */
  readonly started?: (index: number, inner: Scope) => void;
  /** Gives the iteration its input. */
  readonly prepare?: (index: number, inner: Scope) => Promise<void>;
  readonly succeeded?: (index: number, inner: Scope) => void;
  readonly failed?: (index: number, previousEventId: number) => void;
  readonly aborted?: (index: number, previousEventId: number) => void;
}

export function walkInner(
  visit: Visit,
  inner: readonly Scope[],
  limit: number,
  hooks: InnerHooks,
): Promise<void> {
  return visit.strand.wait<void>((resolve, reject) => {
    const running = new Map<number, Strand>();
    const waiting = inner.flatMap(({ output }, index) => (output ? [] : [index])).values();
    const start = (previousEventId: number) => {
      const begun: [number, Scope, Strand][] = [];
      while (running.size < limit) {
        const { value: index, done } = waiting.next();
        const scope = index === undefined ? undefined : inner[index];
        if (done || index === undefined || scope === undefined) break;
        const strand = new Strand();
        running.set(index, strand);
        if (!scope.isStarted) {
          scope.previousEventId = previousEventId;
          hooks.started?.(index, scope);
        }
        begun.push([index, scope, strand]);
      }
      for (const [index, scope, strand] of begun) {
        walkOne(visit, index, scope, strand, hooks).then(
          () => end(index, scope),
          (error: unknown) => fail(index, scope, error),
        );
      }
    };
    const end = guarded(reject, (index: number, scope: Scope) => {
      if (!running.delete(index)) return;
      const last = scope.previousEventId;
      hooks.succeeded?.(index, scope);
      visit.scope.previousEventId = scope.previousEventId;
      start(last);
      if (running.size === 0) resolve();
    });
    const fail = guarded(reject, (index: number, scope: Scope, error: unknown) => {
      if (!running.delete(index) || error === CUT) return;
      for (const strand of running.values()) strand.cut();
      visit.scope.previousEventId = scope.previousEventId;
      if (error instanceof StateFailure) recordStop(visit, index, running.keys(), inner, hooks);
      reject(error);
    });
    guarded(reject, () => {
      start(visit.scope.previousEventId);
      if (running.size === 0) resolve();
    })();
    return () => {
      for (const strand of running.values()) strand.cut();
      running.clear();
    };
  });
}

async function walkOne(
  visit: Visit,
  index: number,
  scope: Scope,
  strand: Strand,
  hooks: InnerHooks,
): Promise<void> {
  if (!scope.isStarted) {
    await hooks.prepare?.(index, scope);
    strand.check();
    scope.isStarted = true;
  }
  await visit.engine.walk(scope, strand);
}

/** Every event of the end stands behind the failure in the chain. */
function recordStop(
  visit: Visit,
  failed: number,
  aborted: Iterable<number>,
  inner: readonly Scope[],
  hooks: InnerHooks,
): void {
  const previousEventId = visit.scope.previousEventId;
  hooks.failed?.(failed, previousEventId);
  for (const index of aborted) {
    const scope = inner[index];
    if (scope) recordAborted(visit.engine, scope, previousEventId);
    hooks.aborted?.(index, previousEventId);
  }
}

function recordAborted(engine: Engine, scope: Scope, previousEventId: number): void {
  for (const within of scope.inner ?? []) {
    if (within.output === undefined) recordAborted(engine, within, previousEventId);
  }
  const type = scope.isEntered ? scope.definition.States[scope.stateName]?.Type : undefined;
  if (type === 'Task' || type === 'Wait' || type === 'Map' || type === 'Parallel') {
    engine.record(scope, `${type}StateAborted`, undefined, { previousEventId, isAside: true });
  }
}

function guarded<A extends unknown[]>(reject: (error: unknown) => void, act: (...args: A) => void) {
  return (...args: A) => {
    try {
      act(...args);
    } catch (error) {
      reject(error);
    }
  };
}
