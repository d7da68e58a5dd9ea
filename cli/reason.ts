/** Why a rollout stands as it does, and by which commands it can be acted on. */
import { adviceFor, isGoingBack } from '#core/advice.ts';
import { shortAsker } from '#core/principal.ts';
import { type Rollout, standingOf } from '#core/rollout.ts';
import { isOpen } from '#core/status.ts';
import { count, isoOf } from './format.ts';
import { shortName } from './name-rollout.ts';

/** Nothing goes on before a person says how. */
const FOR_A_PERSON = ['held', 'paused', 'awaiting_approval'];

/** Since when it waits for a person; undefined where it does not. */
export function waitsSinceMs(rollout: Rollout): number | undefined {
  const { status, paused, hold, log } = rollout;
  if (!FOR_A_PERSON.includes(status) || rollout.decision !== undefined) return undefined;
  return paused?.since_ms ?? hold?.since_ms ?? log.findLast((one) => one.status === status)?.at_ms;
}

export function reasonOf(rollout: Rollout): string {
  const { status, paused, hold, plan, approval_expires_at_ms: expiresAtMs } = rollout;
  if (status === 'paused' && paused !== undefined)
    return `${shortAsker(paused.by)} paused it: ${paused.cause}`;
  if (status === 'held' && hold !== undefined) return hold.reason;
  if (status === 'awaiting_approval' && plan !== undefined && expiresAtMs !== undefined) {
    const batches = plan.batches.length === 1 ? '1 batch' : `${plan.batches.length} batches`;
    return `${count(plan.hosts, 'host')} in ${batches} await an approval until ${isoOf(expiresAtMs)}`;
  }
  return rollout.log.at(-1)?.why ?? '';
}

export interface NextStep {
  command: string;
  does: string;
}

/** In the words of the control machine's own advice; never empty. */
export function nextSteps(rollout: Rollout): NextStep[] {
  const name = shortName(rollout);
  const step = (action: string, does: string) => ({ command: `longshore ${action} ${name}`, does });
  const advice = adviceFor(rollout);
  if (advice !== '') {
    return advice.split(', ').map((part) => {
      const [action = '', ...does] = part.split(' ');
      return step(action, does.join(' '));
    });
  }
  const isUnderWay = isOpen(standingOf(rollout));
  if (isUnderWay && isGoingBack(rollout)) return [step('watch', 'follows it')];
  if (isUnderWay)
    return [step('watch', 'follows it'), step('pause', 'stops it before the next host')];
  const history = step('history', 'says who did what, when and why');
  const canReturn = ['completed', 'completed_with_failures', 'cancelled'].includes(rollout.status);
  if (canReturn && rollout.batch !== -1)
    return [history, step('rollback', 'takes every touched host back')];
  const canComeAgain = ['failed', 'rolled_back', 'rejected', 'expired'].includes(rollout.status);
  return canComeAgain ? [history, bringAgain(rollout)] : [history];
}

function bringAgain({ policy, repository, image: { tag, digest } }: Rollout): NextStep {
  const image = tag === '' ? `${repository}@${digest}` : `${repository}:${tag}`;
  return {
    command: `longshore trigger ${policy} --image ${image}`,
    does: 'brings its image again, denied or not',
  };
}

export function renderSteps(steps: readonly NextStep[]): string[] {
  const width = Math.max(...steps.map(({ command }) => command.length));
  return steps.map(({ command, does }) => `${command.padEnd(width)}  ${does}`);
}
