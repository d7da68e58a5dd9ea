/** Stop, Redrive and Start in the console of Step Functions. */
import type { RolloutFacts } from '../ledger.ts';
import { lasting, oneOf, STACK, type Stage } from '../stage.ts';
import type { AfterStop, Doing } from '../world.ts';
import { callMachines } from './machines.ts';
import { request } from './operators.ts';

type Of<Kind extends Doing['kind']> = Extract<Doing, { kind: Kind }>;
type Afterwards = Pick<Of<'Stop'>, 'next' | 'afterMs'>;

/** From the record of a rollout to its Stop: its execution begins meanwhile. */
const BEGINNING_MS = [50, 400] as const;

export function stopOne(stage: Stage, { of, isNext, ...afterwards }: Of<'Stop'>): void {
  const { cloud, ledger, draw } = stage;
  if (!isNext) {
    const { open } = ledger;
    const atWork = open.filter(({ status }) => /in_progress|rolling_back/.test(status));
    const rollout = oneOf([...open, ...atWork, ...atWork], of);
    if (rollout !== undefined) stop(stage, rollout, afterwards);
    return;
  }
  ledger.whenNextBegins((rollout) => {
    const afterMs = draw.int(`Stop ${of} as it begins`, ...BEGINNING_MS);
    cloud.clock.schedule(cloud.clock.nowMs() + afterMs, () => {
      if (!stage.isRough) return;
      stage.counters.count('Stop as it begins');
      stop(stage, rollout, afterwards);
    });
  });
}

/** A Stop, and what the same person does some time after it. */
export function stop(stage: Stage, { rollout }: RolloutFacts, { next, afterMs }: Afterwards): void {
  const stopped = stage.ledger.rollouts.get(rollout);
  if (stopped === undefined) return;
  tell(stage, 'Stop', stopped);
  const { executionArn } = stopped;
  callMachines(stage, 'StopExecution', { executionArn, cause: 'let me look' }, 'Stop');
  if (next === undefined) return;
  lasting(stage, afterMs, () => goOn(stage, rollout, next));
}

function goOn(stage: Stage, rollout: string, next: AfterStop): void {
  const now = stage.ledger.rollouts.get(rollout);
  if (now === undefined) return;
  if (next === 'Redrive') redrive(stage, now);
  else if (next === 'start') startByHand(stage, now);
  else request(stage, now, next);
}

/** The next execution, which nothing names yet: it ends at once, and its name is gone. */
function startByHand(stage: Stage, now: RolloutFacts): void {
  const { rollout, executionArn } = now;
  const run = Number(executionArn.split('-r').at(-1)) + 1;
  tell(stage, 'Start by hand after', now);
  const stateMachineArn = stage.cloud.machines.get(`${STACK}-rollout`);
  const input = JSON.stringify({ rolloutId: rollout, run });
  const name = `${rollout}-r${run}`;
  callMachines(stage, 'StartExecution', { stateMachineArn, name, input }, 'Start by hand');
  lasting(stage, 60_000, () => {
    const later = stage.ledger.rollouts.get(rollout);
    if (later !== undefined) request(stage, later, 'resume', { fresh: true });
  });
}

export function redriveOne(stage: Stage, { of }: Of<'Redrive'>): void {
  const closed = stage.ledger.open.filter(({ status }) => /paused|held/.test(status));
  const rollout = oneOf(closed, of);
  if (rollout !== undefined) redrive(stage, rollout);
}

function redrive(stage: Stage, rollout: RolloutFacts): void {
  tell(stage, 'Redrive', rollout);
  const { executionArn } = rollout;
  callMachines(stage, 'RedriveExecution', { executionArn }, 'Redrive');
}

function tell({ counters, tell: say }: Stage, what: string, of: RolloutFacts): void {
  counters.count(`${what} of ${of.status}`);
  say(`${what} ${of.executionArn.split(':').at(-1)}, which is ${of.status}`);
}
