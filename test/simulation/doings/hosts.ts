/** What becomes of hosts, and what people do to them with their own hands. */
import type { SimulatedHost } from '#local/hosts/simulated-host.ts';
import { containersOf, PLACES } from '../draw-policies.ts';
import { lasting, type Stage } from '../stage.ts';
import type { Doing } from '../world.ts';

type Of<Kind extends Doing['kind']> = Extract<Doing, { kind: Kind }>;

/** Undefined where it has vanished. */
function hostOf({ cloud, world }: Stage, index: number): SimulatedHost | undefined {
  return cloud.fleet.find(world.hosts[index]?.id ?? '');
}

/** Now, or so long after the host has begun its next command. */
export function atWork(
  stage: Stage,
  { host: index, workMs }: { host: number; workMs: number | undefined },
  befalls: () => void,
): void {
  const { cloud, world, working } = stage;
  const id = world.hosts[index]?.id ?? '';
  if (workMs === undefined) befalls();
  else working.set(id, () => cloud.clock.schedule(cloud.clock.nowMs() + workMs, befalls));
}

export function reboot(stage: Stage, { host: index, downMs, runsAgain }: Of<'reboot'>): void {
  if (!stage.isRough) return;
  const host = hostOf(stage, index);
  if (host === undefined || !host.isReachable) return;
  if (host.isAtWork) stage.counters.count('reboot at work');
  if (host.isAtWork && runsAgain) stage.counters.count('a document was run again after a reboot');
  stage.tell(`${host.id} reboots${runsAgain ? ', and its agent runs its document again' : ''}`);
  host.reboot(downMs, runsAgain);
}

export function repeat(stage: Stage, { host: index, ago }: Of<'repeat'>): void {
  const host = hostOf(stage, index);
  if (host === undefined) return;
  stage.counters.count('the agent runs an old document again');
  stage.tell(`${host.id} runs the document of ${ago} commands ago again`);
  host.repeat(ago);
}

export function goOffline(stage: Stage, { host: index, forMs, isKnown }: Of<'offline'>): void {
  if (!stage.isRough) return;
  const host = hostOf(stage, index);
  if (host === undefined) return;
  const sinceMs = stage.cloud.clock.nowMs();
  stage.tell(`${host.id} is offline for ${Math.round(forMs / 60_000)} min`);
  host.disconnect(isKnown);
  lasting(stage, forMs, () => {
    const isLong = stage.cloud.clock.nowMs() - sinceMs >= 3_600_000;
    stage.counters.count(isLong ? 'offline for hours' : 'offline for a while');
    host.connect();
  });
}

export function vanish(stage: Stage, { host: index, isReplaced }: Of<'vanish'>): void {
  if (!stage.isRough) return;
  const host = hostOf(stage, index);
  if (host === undefined || stage.cloud.fleet.list.length < 3) return;
  const fleet = host.tags.get('longshore:fleet') ?? '';
  stage.tell(`${host.id} is terminated${isReplaced ? ' and replaced' : ''}`);
  stage.counters.count(isReplaced ? 'a host was replaced' : 'a host vanished');
  stage.cloud.fleet.vanish(host.id);
  if (isReplaced) addHost(stage, fleet);
}

export function join(stage: Stage): void {
  stage.counters.count('a host joined');
  addHost(stage, String(stage.world.hosts[0]?.tags?.['longshore:fleet'] ?? ''));
}

/** With the first image that each repository had: its machine image is old. */
function addHost({ cloud, tell }: Stage, fleet: string): void {
  const containers = containersFor(cloud.ecr, fleet);
  const tags = { 'longshore:enabled': 'true', 'longshore:fleet': fleet };
  const host = cloud.fleet.add({ tags, containers });
  tell(`${host.id} joins ${fleet}`);
}

/** What a host of the fleet runs that has seen no rollout. */
export function containersFor(ecr: Stage['cloud']['ecr'], fleet: string): Record<string, string> {
  const places = PLACES.filter(({ fleet_id }) => fleet_id === fleet);
  const pairs = places.flatMap((place) =>
    containersOf(place).map((container, index) => {
      const name = place.repositories[index] ?? '';
      const held = ecr.repositories.find((repository) => repository.name === name);
      return [container, held?.images[0]?.digest] as const;
    }),
  );
  return Object.fromEntries(
    pairs.filter((pair): pair is [string, string] => pair[1] !== undefined),
  );
}

export function untag(stage: Stage, { host: index, forMs }: Of<'untag'>): void {
  const host = hostOf(stage, index);
  if (host === undefined) return;
  stage.counters.count('a host lost its tag');
  stage.tell(`${host.id} loses its tag for ${Math.round(forMs / 60_000)} min`);
  host.tags.delete('longshore:enabled');
  lasting(stage, forMs, () => {
    host.tags.set('longshore:enabled', 'true');
    stage.counters.count('a host got its tag back');
  });
}

export function befall(stage: Stage, doing: Of<'host_fault'>): void {
  const { hosts, workMs } = doing;
  if (workMs === undefined) befallAll(stage, doing, hosts);
  else
    for (const host of hosts)
      atWork(stage, { host, workMs }, () => befallAll(stage, doing, [host]));
}

function befallAll(
  stage: Stage,
  { what, faults, forMs }: Of<'host_fault'>,
  hosts: readonly number[],
): void {
  const found = hosts.map((index) => hostOf(stage, index)).filter((host) => host !== undefined);
  if (found.length === 0 || !stage.isRough) return;
  stage.counters.count(`host: ${what}`, found.length);
  const names = found.map(({ id }) => id).join(', ');
  stage.tell(`${what} on ${names} for ${Math.round(forMs / 60_000)} min`);
  for (const host of found) host.faults = { ...host.faults, ...faults };
  const keys = Object.keys(faults);
  const wakeMs = stage.draw.pick(`wake ${names} ${forMs}`, [0, 5_000, 60_000, 300_000, 1_200_000]);
  lasting(stage, forMs, () => {
    for (const host of found) {
      const left = Object.entries(host.faults).filter(([key]) => !keys.includes(key));
      host.faults = Object.fromEntries(left);
      // The agent has taken documents in its silence: it begins them now, or when it gets to them.
      if (faults.silent === 'before_work') lasting(stage, wakeMs, () => host.wake());
    }
  });
}

export function fallBehind(stage: Stage, doing: Of<'clock_behind'>): void {
  const { behindMs, silentMs, forMs } = doing;
  const host = hostOf(stage, doing.host);
  if (host === undefined || !stage.isRough) return;
  stage.tell(`${host.id}'s clock is ${behindMs / 1000} s behind`);
  host.faults = { ...host.faults, clockAheadMs: -behindMs };
  if (silentMs > 0) beSilent(stage, host, silentMs);
  lasting(stage, forMs, () => {
    speak(host);
    const { clockAheadMs, ...others } = host.faults;
    host.faults = others;
  });
}

/** From the first command on that its agent takes, so long; it looks for that now and then. */
function beSilent(stage: Stage, host: SimulatedHost, silentMs: number): void {
  const { clock } = stage.cloud;
  host.faults = { ...host.faults, silent: 'before_work' };
  const look = () => {
    if (!stage.isRough || host.faults.silent !== 'before_work') return;
    if (host.isAtWork) lasting(stage, silentMs, () => speak(host));
    else clock.schedulePlain(clock.nowMs() + 30_000, look);
  };
  look();
}

function speak(host: SimulatedHost): void {
  const { silent, ...others } = host.faults;
  host.faults = others;
  host.wake();
}

export function doByHand(stage: Stage, { host: index, container: wanted, what }: Of<'by_hand'>) {
  const host = hostOf(stage, index);
  if (host === undefined || !host.isReachable) return;
  const own = Object.keys(containersFor(stage.cloud.ecr, host.tags.get('longshore:fleet') ?? ''));
  const container = own.includes(wanted) ? wanted : (own[0] ?? wanted);
  stage.counters.count(`by hand: ${what}`);
  stage.tell(`by hand on ${host.id}: ${what} ${container}`);
  switch (what) {
    case 'run':
      host.byHand.run(container, `sha256:${'ab'.repeat(32)}`);
      break;
    case 'stop':
      host.byHand.stop(container);
      break;
    case 'remove':
      host.byHand.remove(container);
      break;
    case 'prune':
    case 'prune_images':
      host.byHand.prune(what === 'prune_images');
      break;
    case 'lose_state':
      if (host.slot(container)?.fence !== undefined) stage.counters.count('a fence was lost');
      host.byHand.loseState(container);
      break;
    case 'damage':
      host.byHand.damage(
        container,
        stage.draw.pick(`damage ${index}`, ['fence', 'current', 'journal']),
      );
  }
}
