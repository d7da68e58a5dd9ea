/**
 * What people ask of the control machine. At once, without faults on their own way; what is refused, a person reads
 * and leaves.
 */
import type { RolloutFacts } from '../ledger.ts';
import { oneOf, STACK, type Stage } from '../stage.ts';
import type { Doing, OperatorAction } from '../world.ts';
import { callMachines } from './machines.ts';

type Of<Kind extends Doing['kind']> = Extract<Doing, { kind: Kind }>;

/** The open ones first: what has ended is asked about at times. */
function chosen({ ledger }: Stage, share: number): RolloutFacts | undefined {
  return oneOf([...ledger.open, ...ledger.open, ...ledger.open, ...ledger.all.slice(-2)], share);
}

export function ask(stage: Stage, { action, of, times, isWrongPlan }: Of<'ask'>): void {
  const hasPlan = action === 'approve' || action === 'reject';
  const waiting = stage.ledger.open.filter(({ status }) => status === 'awaiting_approval');
  const rollout = (hasPlan ? oneOf(waiting, of) : undefined) ?? chosen(stage, of);
  if (rollout !== undefined) answer(stage, rollout, { action, times, isWrongPlan });
}

function answer(
  stage: Stage,
  rollout: RolloutFacts,
  { action, times, isWrongPlan }: Pick<Of<'ask'>, 'action' | 'times' | 'isWrongPlan'>,
): void {
  const hasPlan = action === 'approve' || action === 'reject';
  const isWaiting = rollout.status === 'awaiting_approval';
  const plan = isWrongPlan ? '0'.repeat(64) : rollout.planHash;
  for (let time = 0; time < times; time += 1) {
    request(stage, rollout, action, hasPlan && plan !== '' ? { plan } : {});
  }
  stage.counters.count(times === 2 ? 'asked twice at once' : 'asked');
  if (!hasPlan || !isWaiting) return;
  if (isWrongPlan) stage.counters.count('answered to another plan');
  else if (times === 2) stage.counters.count('answered twice');
}

/** Asks, and counts in which status the rollout was asked. */
export function request(
  stage: Stage,
  { rollout, status }: RolloutFacts,
  action: OperatorAction,
  more: Record<string, unknown> = {},
  stack: string = STACK,
): void {
  stage.counters.count(`${action} of ${status}`);
  stage.tell(`${action} ${rollout}, which is ${status}`);
  start(stage, { rollout, action, by: 'ada', ...more }, stack);
}

function start(stage: Stage, input: Record<string, unknown>, stack: string = STACK): void {
  const stateMachineArn = stage.cloud.machines.get(`${stack}-control`);
  callMachines(stage, 'StartExecution', { stateMachineArn, input: JSON.stringify(input) });
}

export function trigger(stage: Stage, { policy, repository, back }: Of<'trigger'>): void {
  const image = stage.cloud.ecr.repository(repository).images.at(-1 - back);
  if (image === undefined) return;
  stage.counters.count('trigger');
  stage.tell(`trigger ${policy} with the image of ${back} pushes ago`);
  start(stage, { action: 'trigger', policy, image: `${repository}@${image.digest}`, by: 'bob' });
}

/** Back to what an earlier rollout of the same target brought. */
export function returnTo(stage: Stage, { of }: Of<'return_to'>): void {
  const last = chosen(stage, of);
  const earlier = stage.ledger.all.find(
    (one) => one.policy === last?.policy && one.repository === last?.repository,
  );
  if (last === undefined || earlier === undefined || earlier === last) return;
  stage.counters.count('rollback to an earlier rollout');
  request(stage, last, 'rollback', { to: earlier.rollout });
}

type Answers = readonly (readonly [OperatorAction | undefined, number])[];

/** What a person says to a rollout that waits for one. Undefined: not yet. */
const ANSWERS: Readonly<Record<string, Answers>> = {
  awaiting_approval: [
    ['approve', 75],
    ['reject', 10],
    [undefined, 15],
  ],
  held: [
    ['resume', 35],
    ['retry-failed', 30],
    ['rollback', 15],
    ['cancel', 15],
    [undefined, 5],
  ],
  paused: [
    ['resume', 80],
    ['cancel', 10],
    [undefined, 10],
  ],
};

export function makeRounds(stage: Stage, id: number): void {
  const bobs = stage.world.bent === 'approvals' ? 0.6 : 0.2;
  for (const rollout of stage.ledger.open) {
    const answers = ANSWERS[rollout.status];
    if (answers === undefined) continue;
    const action = stage.draw.weigh(
      `rounds ${id} ${rollout.policy} ${rollout.number} ${rollout.status}`,
      answers,
    );
    // Bob triggers, and may not approve what he asked for.
    const how = stage.draw.share(`rounds ${id} how ${rollout.policy} ${rollout.number}`);
    if (action === 'approve' && how < 0.2) {
      answer(stage, rollout, { action, times: how < 0.1 ? 2 : 1, isWrongPlan: how >= 0.1 });
      continue;
    }
    const isBob = stage.draw.chance(
      `rounds ${id} by bob ${rollout.policy} ${rollout.number}`,
      bobs,
    );
    if (action !== undefined) request(stage, rollout, action, isBob ? { by: 'bob' } : {});
  }
}
