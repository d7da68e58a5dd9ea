/** To act when a host says something, or some time later. */
import type { HostEvent } from '#local/hosts/host-state.ts';
import { containersOf, PLACES } from '../draw-policies.ts';
import type { Stage } from '../stage.ts';
import { push } from './pushes.ts';

export type Event = HostEvent & { host: string; container: string };

export function hear(
  stage: Stage,
  isSuch: (event: HostEvent) => boolean,
  react: (stage: Stage, event: Event, name: string) => void,
): void {
  const { fleet } = stage.cloud;
  const { onEvent } = fleet;
  let count = 0;
  fleet.onEvent = (event) => {
    onEvent?.(event);
    if (!stage.isRough || !isSuch(event)) return;
    count += 1;
    react(stage, event, `meddle ${event.host} ${count}`);
  };
}

export function after({ cloud }: Stage, ms: number, act: () => void): void {
  cloud.clock.schedule(cloud.clock.nowMs() + Math.round(ms), act);
}

/** A good image for this container, some time later. */
export function pushFor(stage: Stage, container: string, afterMs: number): void {
  const place = PLACES.find((one) => containersOf(one).includes(container));
  const repository = place?.repositories[containersOf(place).indexOf(container)];
  if (repository === undefined || !stage.world.repositories.includes(repository)) return;
  pushTo(stage, repository, afterMs);
}

export function pushTo(stage: Stage, repository: string, afterMs: number): void {
  const image = { what: 'good', behaviour: {}, movesLatest: true };
  after(stage, afterMs, () => push(stage, { kind: 'push', repository, ...image }));
}
