/**
 * Map in DISTRIBUTED mode: each item is an execution of its own, with its own history, and the
 * parent's history tells of the Map Run alone. Children see no variable of the parent.
 *
 * A child's failure is the run's only when the tolerance is exceeded; then the other children are
 * stopped. A stop of the parent stops them too. A redrive of the parent goes on with the same run:
 * children that failed, timed out or were stopped are redriven under their own names, and those
 * that never started start. A Retry of the state, or a failure for the size of the results or by
 * States.Runtime, makes a new run.
 */
import { drawUuid, mapRunArn } from './arns.ts';
import { type MapState, processorOf } from './definition.ts';
import { evaluateNumber, record } from './evaluation.ts';
import { StateFailure } from './failures.ts';
import { isFailed, isToleranceExceeded } from './map-run.ts';
import type { Execution, MapRun, Visit } from './model.ts';
import { collect, evaluateItems, itemInput } from './parallel.ts';
import { type Payload, payloadFromText, payloadOf } from './payload.ts';
import { MAX_DISTRIBUTED_CONCURRENCY } from './quotas.ts';
import { judgeRedrive } from './redrive.ts';

export async function runDistributedMap(visit: Visit<MapState>): Promise<Payload> {
  const { scope } = visit;
  const mapRun =
    scope.mapRun === undefined ? await openMapRun(visit) : reopenMapRun(visit, scope.mapRun);
  scope.mapRun = mapRun;
  try {
    if (mapRun.status === 'RUNNING') await runChildren(visit, mapRun);
    visit.strand.check();
    const outputs = mapRun.children.flatMap((child) =>
      child?.output === undefined ? [] : [payloadFromText(child.output)],
    );
    const results = collect(visit, outputs);
    if (mapRun.status === 'RUNNING') closeMapRun(visit, mapRun, 'SUCCEEDED');
    return results;
  } catch (error) {
    if (visit.strand.isCut && mapRun.status === 'RUNNING') mapRun.status = 'ABORTED';
    if (visit.strand.isCut || !(error instanceof StateFailure)) throw error;
    closeMapRun(visit, mapRun, 'FAILED', error.details());
    if (error.errorName === 'States.DataLimitExceeded' || error.errorName === 'States.Runtime') {
      delete scope.mapRun;
    }
    throw error;
  }
}

async function openMapRun(visit: Visit<MapState>): Promise<MapRun> {
  const { engine, scope, state } = visit;
  const { place, random, clock } = engine;
  const items = await evaluateItems(visit);
  const count = await evaluateNumber(visit, state.ToleratedFailureCount, 'ToleratedFailureCount');
  const percentage = await evaluateNumber(
    visit,
    state.ToleratedFailurePercentage,
    'ToleratedFailurePercentage',
  );
  const concurrency = await evaluateNumber(visit, state.MaxConcurrency, 'MaxConcurrency');
  const definition = processorOf(state);
  if (definition === undefined)
    throw new StateFailure('States.Runtime', 'The Map has no ItemProcessor.');
  const { machine } = scope.execution;
  const label = state.Label ?? drawUuid(random);
  record(visit, 'MapStateStarted', { length: items.length });
  const mapRun: MapRun = {
    arn: mapRunArn(place, `${machine.name}/${label}`, drawUuid(random)),
    execution: scope.execution,
    machine: {
      ...machine,
      arn: `${machine.arn}/${label}`,
      name: `${machine.name}/${label}`,
      definition: { QueryLanguage: scope.queryLanguage, ...definition },
    },
    items,
    children: new Array<Execution | undefined>(items.length).fill(undefined),
    maxConcurrency: concurrency || MAX_DISTRIBUTED_CONCURRENCY,
    tolerance: {
      ...(count === undefined ? {} : { failureCount: count }),
      ...(percentage === undefined ? {} : { failurePercentage: percentage }),
    },
    startMs: clock.nowMs(),
    status: 'RUNNING',
    redriveCount: 0,
  };
  engine.openMapRun(mapRun);
  record(visit, 'MapRunStarted', { mapRunArn: mapRun.arn });
  return mapRun;
}

/** A run that has succeeded, in a state that failed after it, stays as it is. */
function reopenMapRun(visit: Visit, mapRun: MapRun): MapRun {
  if (mapRun.status === 'SUCCEEDED') return mapRun;
  mapRun.status = 'RUNNING';
  mapRun.redriveCount++;
  mapRun.redriveMs = visit.engine.clock.nowMs();
  delete mapRun.stopMs;
  record(visit, 'MapRunRedriven', {
    mapRunArn: mapRun.arn,
    redriveCount: mapRun.redriveCount,
  });
  return mapRun;
}

function closeMapRun(
  { engine, scope }: Visit,
  mapRun: MapRun,
  status: 'SUCCEEDED' | 'FAILED' | 'ABORTED',
  details?: Record<string, unknown>,
): void {
  mapRun.status = status;
  mapRun.stopMs = engine.clock.nowMs();
  const type = { SUCCEEDED: 'MapRunSucceeded', FAILED: 'MapRunFailed', ABORTED: 'MapRunAborted' };
  engine.record(scope, type[status], details);
}

/** Ends when each item has ended, or with the failure that ends the run. */
function runChildren(visit: Visit<MapState>, mapRun: MapRun): Promise<void> {
  const { engine, strand } = visit;
  const nowMs = engine.clock.nowMs();
  const children = mapRun.children;
  const isOver = (child: Execution | undefined) =>
    child !== undefined &&
    (child.status === 'SUCCEEDED' || judgeRedrive(child, nowMs) !== undefined);
  const waiting = [...mapRun.items.keys()].filter((index) => !isOver(children[index])).values();
  let failed = children.filter((child) => child && isOver(child) && isFailed(child.status)).length;
  return strand.wait<void>((resolve, reject) => {
    const running = new Set<number>();
    const judge = () => {
      if (!isToleranceExceeded(mapRun.tolerance, failed, mapRun.items.length)) return true;
      const cause = 'The specified tolerated failure threshold was exceeded';
      reject(new StateFailure('States.ExceedToleratedFailureThreshold', cause));
      return false;
    };
    const end = (index: number, child: Execution) => {
      if (!running.delete(index)) return;
      if (isFailed(child.status)) failed++;
      if (judge()) fill();
    };
    const fill = () => {
      for (; running.size < mapRun.maxConcurrency; ) {
        const { value: index, done } = waiting.next();
        if (done || index === undefined) break;
        running.add(index);
        startOne(visit, mapRun, index, end, () => running.has(index)).catch(reject);
      }
      if (running.size === 0) resolve();
    };
    if (judge()) fill();
    return () => {
      const left = [...running];
      running.clear();
      for (const index of left) {
        const child = children[index];
        if (child) engine.abort(child);
      }
      if (strand.isCut && mapRun.status === 'RUNNING') closeMapRun(visit, mapRun, 'ABORTED');
    };
  });
}

async function startOne(
  visit: Visit<MapState>,
  mapRun: MapRun,
  index: number,
  end: (index: number, child: Execution) => void,
  isWanted: () => boolean,
): Promise<void> {
  const { engine, strand } = visit;
  const child = mapRun.children[index];
  if (child === undefined) {
    const input = await itemInput(visit, payloadOf(mapRun.items[index]), index);
    if (!isWanted()) return;
    strand.check();
    mapRun.children[index] = engine.startChild(mapRun, input, (ended) => end(index, ended));
  } else {
    engine.resumeChild(child, (ended) => end(index, ended));
  }
}
