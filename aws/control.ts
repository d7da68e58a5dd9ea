/**
 * What a person asks of a rollout, carried out: read, decide, write on condition, and only then what follows.
 * Dying between the two is safe: the same request again finds what it wrote, and does what is left.
 */
import { chooseHoldWord } from '#core/choose-hold-word.ts';
import type { ControlPlan, Described, Place } from '#core/control-plan.ts';
import type { ControlRequest } from '#core/control-request.ts';
import { planControl } from '#core/plan-control.ts';
import { redriveToken } from '#core/plan-resume.ts';
import { refuseReturnTo } from '#core/plan-return.ts';
import { recordEnd } from '#core/reopen.ts';
import { type Rollout, rolloutTitle } from '#core/rollout.ts';
import type { ConsiderServices } from './consider.ts';
import { nameNextRun } from './ensure-rollout.ts';
import { completeToken, readExecution, redriveExecution, startExecution } from './executions.ts';
import { saveRollout } from './publish.ts';
import { readRollout, readTarget, writeTarget } from './rollout-store.ts';
import { withRaces } from './store.ts';
import { bringImage, type ControlAnswer } from './trigger.ts';
import type { WalkServices } from './walk.ts';

const RACES = 5;

export function controlRollout(
  services: ConsiderServices,
  asked: ControlRequest,
  nowMs: number,
): Promise<ControlAnswer> {
  return withRaces(RACES, async () => {
    const stored = await readRollout(services.store, asked.rollout);
    if (stored === undefined) {
      const reason = `no rollout is called ${asked.rollout}; its id is the name of its execution without the run`;
      return { verdict: 'refused', reason };
    }
    const place = await readPlace(services, stored);
    if (asked.to !== undefined) return returnTo(services, stored, asked.to, place, asked, nowMs);
    const execution = await describe(services, stored);
    // A Stop that no event has told of yet counts as what it is.
    const rollout = (execution && recordEnd(stored, execution, nowMs)) ?? stored;
    const plan = planControl(rollout, asked, execution, place, nowMs);
    const next = plan.verdict === 'refused' ? stored : await carryOut(services, stored, plan);
    return {
      verdict: plan.verdict,
      reason: plan.reason,
      rollout: next.rollout,
      status: next.status,
    };
  });
}

/** What runs after an earlier rollout is a rollout of its own, and the image of this one is denied. */
async function returnTo(
  services: ConsiderServices,
  rollout: Rollout,
  id: string,
  place: Place,
  { by, reason: why, request }: ControlRequest,
  nowMs: number,
): Promise<ControlAnswer> {
  const to = await readRollout(services.store, id);
  const isDone = place.target?.request === request;
  const refusal = isDone ? undefined : refuseReturnTo(rollout, to, place);
  if (to === undefined || refusal !== undefined) {
    return { verdict: 'refused', reason: `${rolloutTitle(rollout)} ${refusal}` };
  }
  const { registry, repository, digest } = to.image;
  const image = { registry, repository, digest };
  const asker = { by, why, request, nowMs };
  return bringImage(services, { policy: rollout.policy, image, instead: rollout }, asker);
}

async function describe({ machine }: WalkServices, rollout: Rollout): Promise<Described> {
  const arn = rollout.execution_arn;
  const execution = await readExecution(machine, arn);
  return execution === undefined ? undefined : { arn, ...execution };
}

async function readPlace({ store }: WalkServices, rollout: Rollout): Promise<Place> {
  const target = await readTarget(store, rollout.policy, rollout.repository);
  const id = target?.active?.rollout;
  const active =
    id === undefined || id === rollout.rollout ? undefined : await readRollout(store, id);
  return { target, active };
}

async function carryOut(
  services: WalkServices,
  stored: Rollout,
  { rollout: planned, target, follows }: Extract<ControlPlan, { verdict: 'done' }>,
): Promise<Rollout> {
  const { store, bus, machine } = services;
  const named = follows === 'run' ? nameNextRun(services, planned) : planned;
  const rollout = named === stored ? stored : await saveRollout(store, bus, named);
  if (target !== undefined) await writeTarget(store, target);
  switch (follows) {
    case 'stay':
      return rollout;
    case 'redrive':
      await redriveExecution(machine, rollout.execution_arn, redriveToken(rollout));
      return rollout;
    case 'run':
    case 'start':
      await startExecution(machine, rollout);
      break;
    case 'wake':
  }
  const verdict = chooseHoldWord(rollout);
  // Who waits for a person in an execution that is named no more finds itself replaced at its next step.
  const word = verdict ?? (follows === 'wake' ? undefined : 'replaced');
  const reason = rollout.log.at(-1)?.why ?? '';
  if (word !== undefined) await completeToken(machine, rollout.token, { verdict: word, reason });
  return rollout;
}
