/** The one policy that the story follows, and what a story's stack is. */
import { matchesRepository, parseImagePattern } from '#core/image-pattern.ts';
import { containerFor, type Policy } from '#core/policy.ts';
import { parseEndpoint } from '#core/policy-health.ts';
import { listHostTags } from '#core/policy-hosts.ts';
import type { Home } from '#core/policy-topics.ts';

export const REPOSITORY = 'shop/web';
/** Between two looks of a health check on a real host, whatever the policy says. */
export const REAL_INTERVAL_SECONDS = 1;

export interface StoryStack {
  /** As `cdk synth` writes it. */
  template: unknown;
  stackName: string;
  policy: Policy;
  /** Account and region of the topics that the files name: a stack tells only its own. */
  home?: Home;
}

/** The stack cannot be made of what the files hold; the message says which one and how to mend it. */
export class UnusableStackError extends Error {
  override readonly name = 'UnusableStackError';
}

/** The story follows one rollout at a time, so exactly one policy has to want its repository. */
export function chooseStoryPolicy(policies: readonly Policy[]): Policy {
  const [policy, ...others] = policies.filter(({ image_pattern }) => {
    const pattern = parseImagePattern(image_pattern);
    return pattern !== undefined && matchesRepository(pattern, REPOSITORY);
  });
  if (policy === undefined) {
    throw new UnusableStackError(
      `policies/: no policy wants ${REPOSITORY}; give one the image_pattern "${REPOSITORY}:*"`,
    );
  }
  if (others.length > 0) {
    const ids = [policy, ...others].map(({ id }) => id).join(', ');
    throw new UnusableStackError(
      `policies/: ${ids} all want ${REPOSITORY}, and the story follows one; leave one of them`,
    );
  }
  return policy;
}

/** Where the stack of these policies has to be, if they say so. */
export function homeOf(policies: readonly Policy[]): Home | undefined {
  const [topic] = policies.flatMap(({ notifications }) => notifications);
  if (topic === undefined) return undefined;
  const [, , , region = '', account = ''] = topic.topic_arn.split(':');
  return { region, account };
}

/** What the hosts of the story have to be for the policy to find them, and their workload healthy. */
export interface StoryHosts {
  tags: Record<string, string>;
  container: string;
  /** Where the policy's health check asks; 8080 where it asks no port. */
  port: number;
}

export function hostsFor(policy: Policy): StoryHosts {
  const tags = {
    'longshore:enabled': 'true',
    ...Object.fromEntries(listHostTags(policy).map(({ key, value }) => [key, value])),
  };
  return { tags, container: containerFor(policy, REPOSITORY), port: portOf(policy) };
}

function portOf({ health_check }: Policy): number {
  if (health_check.type === 'tcp') return health_check.port;
  const endpoint = health_check.type === 'http' ? parseEndpoint(health_check.endpoint) : undefined;
  return endpoint?.port ?? 8080;
}
