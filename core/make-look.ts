/** What is stored and what the registry holds, as `judgeImage` takes it. */
import { isArrival, type RegistryImage } from './choose-image.ts';
import { splitRegistry } from './image-reference.ts';
import type { Look } from './judge-image.ts';
import { isOpen, type RolloutStatus } from './status.ts';
import { releaseTarget } from './target.ts';

type Frozen = Pick<
  Look,
  'policy' | 'target' | 'cause' | 'event' | 'repositorySha256' | 'document' | 'pace' | 'nowMs'
>;

export interface Sight extends Frozen {
  /** Of the target's active rollout, as it is stored; undefined where there is none. */
  storedStatus: RolloutStatus | undefined;
  /** As `repositoryName` writes it. */
  repository: string;
  images: readonly RegistryImage[];
  chosen: Pick<Look['best'], 'tag' | 'digest'>;
  /** The tag that a push names; undefined for any other look. */
  tag: string | undefined;
}

export function makeLook(sight: Sight): Look {
  const { storedStatus: status, repository: name, images, chosen, tag, ...rest } = sight;
  const [registry, repository] = splitRegistry(name);
  const look: Look = {
    ...rest,
    activeStatus: undefined,
    best: { registry, repository, tag: chosen.tag, digest: chosen.digest },
    isPush: isArrival(rest.policy, images, tag),
  };
  if (status === undefined) return look;
  // An active rollout whose status is final counts as none.
  return isOpen(status)
    ? { ...look, activeStatus: status }
    : { ...look, target: releaseTarget(look.target, status.startsWith('completed')) };
}
