/** `longshore trigger`: an image that a person wants to run now, though nothing new has arrived. */
import { findByPolicy } from '#aws/find-rollouts.ts';
import type { Operations } from '#aws/operations.ts';
import { hasGlob, parseImagePattern } from '#core/image-pattern.ts';
import { type Around, BadInputError, type ExitCode } from './around.ts';
import { openStack } from './get.ts';
import { type RequestOptions, sendRequest } from './send-request.ts';

export interface TriggerOptions extends RequestOptions {
  image?: string;
  /** Of the policy's own repository. */
  tag?: string;
}

export async function trigger(
  policy: string,
  options: TriggerOptions,
  around: Around,
): Promise<ExitCode> {
  const operations = openStack(options, around);
  const image = await imageFor(operations, policy, options);
  return sendRequest(operations, { action: 'trigger', policy, image }, options, around);
}

async function imageFor(
  { store }: Operations,
  policy: string,
  { image, tag }: TriggerOptions,
): Promise<string> {
  if (image !== undefined) return image;
  if (tag === undefined) {
    throw new BadInputError('say which image: --tag v2, or --image shop/web:v2');
  }
  // Its newest rollout knows the repository; the policy itself is nothing that an operator has to read.
  const [newest] = await findByPolicy(store, policy, 1);
  const instead = `say which: --image REPOSITORY:${tag}`;
  if (newest === undefined) {
    throw new BadInputError(`${policy} has had no rollout that tells its repository; ${instead}`);
  }
  const { image_pattern } = newest.settings;
  const pattern = parseImagePattern(image_pattern);
  if (pattern === undefined || hasGlob(pattern.repository)) {
    throw new BadInputError(`${policy} wants ${image_pattern}, several repositories; ${instead}`);
  }
  return `${newest.repository}:${tag}`;
}
