/**
 * The stage: an embedded cloud of the stack, a repository with v1, and a fleet that runs it, all there
 * before Longshore is. Which hosts will fail or be silent is drawn from the seed and known here alone.
 */
import { containerFor, type Policy } from '#core/policy.ts';
import { splitDeviceTag } from '#core/policy-hosts.ts';
import { createCloud } from '../cloud.ts';
import type { LocalCloud } from '../local-cloud.ts';
import type { Random } from '../seeded-random.ts';
import type { StoryOptions } from './story.ts';
import { REPOSITORY, type StoryStack } from './story-policy.ts';

/** A Monday morning. */
const START_MS = Date.UTC(2026, 2, 2, 9);

export interface Stage {
  cloud: LocalCloud;
  policy: Policy;
  container: string;
  /** Digest → the tag that it was first pushed with. */
  tags: Map<string, string>;
  v1: string;
  failing: ReadonlySet<string>;
  silent: ReadonlySet<string>;
  startMs: number;
}

export async function setStage(stack: StoryStack, options: StoryOptions): Promise<Stage> {
  const { policy } = stack;
  const container = containerFor(policy, REPOSITORY);
  let v1 = '';
  const cloud = await createCloud({
    template: stack.template,
    stackName: stack.stackName,
    seed: options.seed,
    startMs: START_MS,
    hosts: { keepsLogs: false },
    prepare: (made) => {
      v1 = pushBeforeLongshore(made);
      const tags = tagsFor(policy);
      made.fleet.addMany(options.hosts, () => ({ tags, containers: { [container]: v1 } }));
    },
  });
  const drawn = shuffle(
    cloud.fleet.list.map(({ id }) => id),
    cloud.random,
  );
  const silent = new Set(drawn.slice(0, options.silent));
  const failing = new Set(drawn.slice(options.silent, options.silent + options.failing));
  for (const id of silent) cloud.fleet.host(id).faults = { silent: 'before_work' };
  return {
    cloud,
    policy,
    container,
    tags: new Map([[v1, 'v1']]),
    v1,
    failing,
    silent,
    startMs: START_MS,
  };
}

/** v1 was pushed long ago: its event reached nobody. */
function pushBeforeLongshore(cloud: LocalCloud): string {
  cloud.events.disturb = () => [];
  cloud.ecr.createRepository(REPOSITORY);
  const digest = cloud.ecr.push(REPOSITORY, { tag: 'v1' });
  cloud.events.disturb = undefined;
  return digest;
}

/** The tags by which the policy knows its hosts. */
function tagsFor(policy: Policy): Record<string, string> {
  const own = policy.device_tags.map(splitDeviceTag).map(({ key, value }) => [key, value]);
  return {
    'longshore:enabled': 'true',
    ...(policy.fleet_id !== undefined && { 'longshore:fleet': policy.fleet_id }),
    ...Object.fromEntries(own),
  };
}

/** Makes an image unhealthy on these hosts. */
export function spoilImage(stage: Stage, digest: string, hosts: ReadonlySet<string>): void {
  for (const id of hosts) {
    const host = stage.cloud.fleet.host(id);
    const known = host.faults.unhealthyDigests ?? new Set();
    host.faults = { ...host.faults, unhealthyDigests: new Set([...known, digest]) };
  }
}

/** What each host runs now, as the host itself says. */
export function readRunning(stage: Stage): Map<string, string | undefined> {
  return new Map(stage.cloud.fleet.list.map((host) => [host.id, host.running(stage.container)]));
}

/** Fisher and Yates. */
function shuffle<Value>(values: readonly Value[], random: Random): Value[] {
  const shuffled = [...values];
  for (let last = shuffled.length - 1; last > 0; last--) {
    const at = Math.floor(random() * (last + 1));
    const [one, other] = [shuffled[at], shuffled[last]];
    if (one === undefined || other === undefined) continue;
    shuffled[at] = other;
    shuffled[last] = one;
  }
  return shuffled;
}
