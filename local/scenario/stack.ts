/**
 * The stack that the story plays on: the template as `cdk synth` would write it with the settings of
 * cdk.json, and the one policy of policies/ that wants the story's repository.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import { matchesRepository, parseImagePattern } from '#core/image-pattern.ts';
import type { Policy } from '#core/policy.ts';
import { InvalidSettingsError, parseSettings } from '#core/settings.ts';
import { synthesizeTemplate } from '#lib/longshore-app.ts';
import { InvalidPoliciesError, readPolicies } from '#lib/read-policies.ts';

export const REPOSITORY = 'shop/web';
const ROOT = path.join(import.meta.dirname, '../..');

export interface StoryStack {
  template: unknown;
  stackName: string;
  policy: Policy;
}

/** The stack cannot be made of what the files hold; the message says which one and how to mend it. */
export class UnusableStackError extends Error {
  override readonly name = 'UnusableStackError';
}

const CdkFile = z.looseObject({
  context: z.looseObject({ longshore: z.unknown() }).optional(),
});

/** Throws UnusableStackError. */
export function readStack(policiesFolder = path.join(ROOT, 'policies')): StoryStack {
  const stackName = 'Longshore';
  const cdk = CdkFile.parse(JSON.parse(readFileSync(path.join(ROOT, 'cdk.json'), 'utf8')));
  const settings = cdk.context?.longshore;
  try {
    const policies = readPolicies(policiesFolder, parseSettings(settings)).map(
      ({ policy }) => policy,
    );
    const policy = chooseStoryPolicy(policies);
    return {
      template: synthesizeTemplate({ stackName, settings, policiesFolder }),
      stackName,
      policy,
    };
  } catch (error) {
    if (error instanceof InvalidSettingsError || error instanceof InvalidPoliciesError) {
      throw new UnusableStackError(error.message, { cause: error });
    }
    throw error;
  }
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
