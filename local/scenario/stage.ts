/**
 * The stage: an embedded cloud of the stack, a repository with v1, and a fleet that runs it, all there
 * before Longshore is.
 */
import type { Policy } from '#core/policy.ts';
import { createCloud } from '../cloud.ts';
import type { LocalCloud } from '../local-cloud.ts';
import type { Audience } from './audience.ts';
import { SimulatedFleet } from './simulated-fleet.ts';
import type { StageFleet } from './stage-fleet.ts';
import type { StoryOptions } from './story.ts';
import { hostsFor, REPOSITORY, type StoryStack } from './story-policy.ts';

export interface Stage {
  cloud: LocalCloud;
  fleet: StageFleet;
  policy: Policy;
  /** Digest → the tag that it was first pushed with. */
  tags: Map<string, string>;
  v1: string;
}

/** The hosts that the options ask for; real ones take a while, and say so. */
export async function openFleet(
  { policy }: StoryStack,
  options: StoryOptions,
  audience: Audience,
): Promise<StageFleet> {
  const hosts = hostsFor(policy);
  if (!options.docker) return new SimulatedFleet(hosts, options);
  const { DockerFleet } = await import('./docker-fleet.ts');
  return DockerFleet.open(hosts, options.hosts, (text) =>
    audience.note({ atMs: Date.now(), text, tone: 'plain' }),
  );
}

export async function setStage(
  stack: StoryStack,
  fleet: StageFleet,
  { seed }: StoryOptions,
): Promise<Stage> {
  const { policy, template, stackName, home } = stack;
  let v1 = '';
  const cloud = await createCloud({
    template,
    stackName,
    seed,
    startMs: fleet.startMs,
    ...(home !== undefined && { region: home.region, accountId: home.account }),
    ...fleet.cloudOptions,
    prepare: async (made) => {
      made.ecr.createRepository(REPOSITORY);
      for (const { topic_arn } of policy.notifications) made.sns.createTopic(nameOf(topic_arn));
      // v1 was pushed long ago: its event reached nobody.
      made.events.disturb = () => [];
      v1 = await fleet.enter(made);
      made.events.disturb = undefined;
    },
  });
  return { cloud, fleet, policy, tags: new Map([[v1, 'v1']]), v1 };
}

function nameOf(arn: string): string {
  return arn.slice(arn.lastIndexOf(':') + 1);
}
