/** The one policy that the story follows, and what a story's stack is. */
import { matchesRepository, parseImagePattern } from '#core/image-pattern.ts';
import type { Policy } from '#core/policy.ts';

export const REPOSITORY = 'shop/web';

export interface StoryStack {
  /** As `cdk synth` writes it. */
  template: unknown;
  stackName: string;
  policy: Policy;
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
