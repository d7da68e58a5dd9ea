/**
 * The longest command to update that a policy can lead to. A policy whose command would not fit is refused
 * when it is saved: when it is sent there is nobody left to mend it.
 */
import { healthOf, timingOf } from './host-check.ts';
import { COMMAND_CHARACTERS, writeLines } from './host-command.ts';
import { formatImageReference, type ImageReference, repositoryName } from './image-reference.ts';
import { writeInstall } from './install-request.ts';
import type { Policy } from './policy.ts';
import type { PolicyRun } from './policy-run.ts';

/** lib/names.ts takes no longer name of a stack. */
const LONGEST_STACK = 's'.repeat(40);
/** An ECR's own host name has up to 53 characters: `111122223333.dkr.ecr.cn-northwest-1.amazonaws.com.cn`. */
const LONGEST_ECR_HOST = 'r'.repeat(64);
/** A host reads 15 digits. */
const LONGEST_NUMBER = 999_999_999_999_999;

type Sizing = Pick<Policy, 'health_check' | 'health_check_enabled'> & {
  id: string;
  run: PolicyRun;
};

/** How many characters `run` is too long; 0 or less where every command fits. */
export function excessOfRun(
  policy: Sizing,
  image: Pick<ImageReference, 'registry' | 'repository'>,
  registryHost = LONGEST_ECR_HOST,
): number {
  const digest = `sha256:${'0'.repeat(64)}`;
  const ref = formatImageReference({ ...image, digest }, registryHost);
  const owner = `${LONGEST_STACK}/${policy.id}/${repositoryName(image)}`;
  const rest = writeLines({
    v: 1,
    op: 'update',
    owner,
    rollout: 'r'.repeat(80),
    batch: 999,
    chunk: 99_999,
    gen: LONGEST_NUMBER,
    step: LONGEST_NUMBER,
    deadline: LONGEST_NUMBER,
    timeout: 172_800,
    container: 'c'.repeat(128),
    mode: 'recreate',
    ref,
    auto: 1,
    install: '',
    check: healthOf(policy),
    timing: timingOf(policy),
  });
  const request = writeInstall(policy.run, { ref, owner, generation: LONGEST_NUMBER });
  // Base64 makes four characters of each three, and of what is left of them.
  const room = Math.floor((COMMAND_CHARACTERS - rest.length) / 4) * 3;
  return request.length - room;
}
