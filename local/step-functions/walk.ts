/**
 * Walks one chain of states from where its scope stands to its end: enter, run with Retry and
 * Catch, exit, next. A state that was entered before (a redrive) is run again without being
 * entered again.
 */
import type { State } from './definition.ts';
import { runDistributedMap } from './distributed-map.ts';
import { record } from './evaluation.ts';
import { StateFailure } from './failures.ts';
import { assignedDetails, inputDetails, outputDetails } from './history.ts';
import { type Exit, evaluateGives, nextOf, variablesOf } from './leaving.ts';
import type { Engine, Scope, Visit } from './model.ts';
import { runInlineMap, runParallel } from './parallel.ts';
import { type Payload, payloadOf } from './payload.ts';
import { chooseCatcher, planRetry } from './retry-catch.ts';
import { runChoice, runFail, runPass, runSucceed, runWait, waitUntil } from './simple-states.ts';
import type { Strand } from './strand.ts';
import { runTask } from './task.ts';

export async function walk(engine: Engine, scope: Scope, strand: Strand): Promise<Payload> {
  for (;;) {
    const state = scope.definition.States[scope.stateName];
    if (state === undefined) throw new Error(`there is no state '${scope.stateName}'`);
    const visit: Visit = { engine, scope, strand, state, retryCount: 0 };
    if (!scope.isEntered) enter(visit);
    const exit = await run(visit);
    leave(visit, exit);
    if (exit.next === undefined) {
      scope.output = exit.output;
      return exit.output;
    }
    scope.stateName = exit.next;
    scope.input = exit.output;
  }
}

function enter(visit: Visit): void {
  const { engine, scope, state } = visit;
  scope.enteredPreviousEventId = scope.previousEventId;
  scope.enteredMs = engine.clock.nowMs();
  scope.enteredEventId = record(visit, `${state.Type}StateEntered`, {
    ...inputDetails(scope.input.text),
    name: scope.stateName,
  });
  scope.isEntered = true;
}

function leave(visit: Visit, exit: Exit): void {
  const { engine, scope, state } = visit;
  if (exit.aside) record(visit, exit.aside, undefined, { isAside: true });
  record(visit, `${state.Type}StateExited`, {
    ...(exit.assigned === undefined ? {} : assignedDetails(exit.assigned)),
    name: scope.stateName,
    ...outputDetails(exit.output.text),
  });
  scope.isEntered = false;
  if (exit.assigned) scope.variables = { ...scope.variables, ...variablesOf(exit.assigned) };
  delete scope.inner;
  delete scope.mapRun;
  if (exit.next !== undefined) {
    const { by, index } = exit;
    const from = scope.stateName;
    const at = index === undefined ? {} : { index };
    engine.countTransition(scope.execution, { from, to: exit.next, by, ...at });
  }
}

async function run(visit: Visit): Promise<Exit> {
  const { engine, scope, state } = visit;
  const attempts: number[] = [];
  for (;;) {
    try {
      return await runOnce(visit);
    } catch (error) {
      if (!(error instanceof StateFailure)) throw error;
      const plan = planRetry(
        ('Retry' in state && state.Retry) || [],
        attempts,
        error,
        engine.random,
      );
      if (plan === undefined) return await answerFailure(visit, error);
      attempts[plan.retrier] = (attempts[plan.retrier] ?? 0) + 1;
      visit.retryCount++;
      await waitUntil(visit, engine.clock.nowMs() + plan.delayMs);
      delete scope.inner;
      delete scope.mapRun;
      const name = scope.stateName;
      const { retrier: index } = plan;
      engine.countTransition(scope.execution, { from: name, to: name, by: 'retry', index });
    }
  }
}

/** Catches the failure, or lets it end the chain. */
async function answerFailure(visit: Visit, failure: StateFailure): Promise<Exit> {
  const { scope, state } = visit;
  if (state.Type === 'Parallel' || state.Type === 'Map') {
    record(visit, `${state.Type}StateFailed`);
    // The results of all branches together were too large: a redrive has to run them all again.
    if (failure.errorName === 'States.DataLimitExceeded') delete scope.inner;
  }
  const catchers = ('Catch' in state && state.Catch) || [];
  const index = chooseCatcher(catchers, failure);
  const catcher = catchers[index];
  if (catcher === undefined) throw failure;
  const errorOutput = { Error: failure.errorName ?? '', Cause: failure.cause ?? '' };
  const gives = await evaluateGives(visit, catcher, payloadOf(errorOutput), {
    field: `Catch[${index}]/`,
    seen: { errorOutput },
  });
  return { ...gives, next: catcher.Next, by: 'catch', index };
}

async function runOnce(visit: Visit): Promise<Exit> {
  const { state } = visit;
  switch (state.Type) {
    case 'Pass':
      return runPass({ ...visit, state });
    case 'Wait':
      return runWait({ ...visit, state });
    case 'Choice':
      return runChoice({ ...visit, state });
    case 'Succeed':
      return runSucceed(visit, state);
    case 'Fail':
      return runFail(visit, state);
    case 'Task':
      return finish(visit, state, await runTask({ ...visit, state }));
    case 'Parallel':
      return {
        ...(await finish(visit, state, await runParallel({ ...visit, state }))),
        aside: 'ParallelStateSucceeded',
      };
    case 'Map': {
      const { Mode } = (state.ItemProcessor ?? state.Iterator)?.ProcessorConfig ?? {};
      const runMap = Mode === 'DISTRIBUTED' ? runDistributedMap : runInlineMap;
      const result = await runMap({ ...visit, state });
      return { ...(await finish(visit, state, result)), aside: 'MapStateSucceeded' };
    }
  }
}

async function finish(visit: Visit, state: State, result: Payload): Promise<Exit> {
  const gives = 'Assign' in state || 'Output' in state ? state : {};
  const seen = { result: result.value };
  return {
    ...(await evaluateGives(visit, gives, result, { seen })),
    next: nextOf(state),
    by: 'next',
  };
}
