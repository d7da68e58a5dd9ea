/** Somebody who waits beside it, and acts within seconds. */
import type { RolloutFacts } from '../ledger.ts';
import type { Stage } from '../stage.ts';
import type { AfterStop, OperatorAction } from '../world.ts';
import { stop } from './console.ts';
import { request } from './operators.ts';

/** Between two looks of a person who waits. */
const EAGER_MS = 5_000;
const EAGER_TRIES = 3;
/** How likely it is at each look. */
const EAGER_PAUSES: Readonly<Record<string, number>> = { in_progress: 0.03, rolling_back: 0.3 };
const EAGER_STOPS: Readonly<Record<string, number>> = { in_progress: 0.03, rolling_back: 0.1 };
const EAGER_AFTER: readonly AfterStop[] = ['Redrive', 'cancel', 'cancel', 'rollback', 'start'];

/**
 * What is held is tried again within seconds, some times and no more; what is at work, or
 * goes back, is paused once and stopped once, at any moment.
 */
export function beEager(stage: Stage): void {
  const { clock } = stage.cloud;
  const asked = new Map<string, number>();
  const stopped = new Set<string>();
  const askSome = (rollout: RolloutFacts, action: OperatorAction, most: number) => {
    const key = `${action} ${rollout.rollout}`;
    const times = asked.get(key) ?? 0;
    if (times >= most) return;
    asked.set(key, times + 1);
    stage.counters.count(`${action} within seconds`);
    request(stage, rollout, action);
  };
  const look = (count: number) => {
    if (!stage.isRough) return;
    for (const rollout of stage.ledger.open) {
      const { status, policy, number } = rollout;
      if (status === 'held') askSome(rollout, 'retry-failed', EAGER_TRIES);
      const share = EAGER_PAUSES[status] ?? 0;
      if (stage.draw.chance(`eager ${policy} ${number} ${status} ${count}`, share)) {
        askSome(rollout, 'pause', 1);
      }
      const name = `eager Stop of ${policy} ${number} ${status} ${count}`;
      if (!stopped.has(rollout.rollout) && stage.draw.chance(name, EAGER_STOPS[status] ?? 0)) {
        stopped.add(rollout.rollout);
        stop(stage, rollout, {
          next: stage.draw.pick(`after ${name}`, EAGER_AFTER),
          afterMs: 8_000,
        });
      }
    }
    clock.schedule(clock.nowMs() + EAGER_MS, () => look(count + 1));
  };
  look(0);
}
