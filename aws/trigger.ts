/**
 * A rollout that a person asks for: of an image that was seen already, of one that was denied, or of an earlier
 * rollout. The order is that of any look: read the target, ask the registry, write on condition.
 */
import { chooseAsked, refuseAsked } from '#core/choose-asked.ts';
import { chooseImage } from '#core/choose-image.ts';
import type { Asker } from '#core/control-plan.ts';
import type { TriggerRequest } from '#core/control-request.ts';
import { type ImageReference, parseImageReference, repositoryName } from '#core/image-reference.ts';
import { judgeImage } from '#core/judge-image.ts';
import { makeLook } from '#core/make-look.ts';
import type { Policy } from '#core/policy.ts';
import { type Rollout, rolloutTitle, standingOf } from '#core/rollout.ts';
import { denialOf, deny, type Target } from '#core/target.ts';
import { type ConsiderServices, frozenOf } from './consider.ts';
import { ensureRollout, makeActive } from './ensure-rollout.ts';
import { sha256 } from './hash.ts';
import { readWanted } from './policy-store.ts';
import { listImages } from './registry.ts';
import { writeTarget } from './rollout-store.ts';
import { withRaces } from './store.ts';

const RACES = 5;

export interface ControlAnswer {
  verdict: 'done' | 'refused';
  reason: string;
  rollout?: string;
  status?: string;
}

const refused = (reason: string): ControlAnswer => ({ verdict: 'refused', reason });

export function triggerRollout(
  services: ConsiderServices,
  asked: TriggerRequest,
  nowMs: number,
): Promise<ControlAnswer> {
  const image = parseImageReference(asked.image, services.env.REGISTRY_HOST);
  if (image === undefined) {
    const reason = `image: ${JSON.stringify(asked.image.slice(0, 80))} is no image; give repository:tag or repository@sha256:…`;
    return Promise.resolve(refused(reason));
  }
  const { by, reason: why, request } = asked;
  const asker = { by, why, request, nowMs };
  return bringImage(services, { policy: asked.policy, image }, asker);
}

/** `instead` is the rollout whose image is denied by the same write. */
export function bringImage(
  services: ConsiderServices,
  { policy: id, image, instead }: { policy: string; image: ImageReference; instead?: Rollout },
  asker: Asker,
): Promise<ControlAnswer> {
  return withRaces(RACES, async () => {
    const { store, env } = services;
    const repository = repositoryName(image);
    const [wanted] = await readWanted(store, [id], repository, env.settings);
    if (wanted === undefined) return refused(`no policy is called ${id}`);
    const { policy, target } = wanted;
    if (policy === undefined) return refused(`policy ${id} cannot be used: ${wanted.problem}`);
    const refusal = refuseAsked(policy, image);
    if (refusal !== undefined) return refused(refusal);
    const active = await ensureRollout(services, target, asker.nowMs);
    if (target.request === asker.request) {
      const reason = `${id} was asked for this before`;
      return { verdict: 'done', reason, ...(active && idOf(active)) };
    }
    return startAsked(services, { policy, image, instead, target, active }, asker);
  });
}

interface Bringing {
  policy: Policy;
  image: ImageReference;
  instead: Rollout | undefined;
  target: Target;
  active: Rollout | undefined;
}

async function startAsked(
  services: ConsiderServices,
  { policy, image, instead, target, active }: Bringing,
  { by, why, request, nowMs }: Asker,
): Promise<ControlAnswer> {
  const pinned = [policy.pinned_digest, image.digest].filter((one) => one !== undefined);
  const images = await listImages(services.ecr, image.repository, pinned);
  if (images === undefined) return refused(`the registry has no repository ${image.repository}`);
  const { chosen, reason } = chooseAsked(policy, image, images, nowMs);
  if (chosen === undefined) return refused(reason);
  const best = chooseImage(policy, images, nowMs).chosen;
  const asked = { by, why, at_ms: nowMs, request };
  const denied = instead === undefined ? target : denyImage(target, instead, why, nowMs);
  const look = makeLook({
    policy,
    target:
      denialOf(denied, chosen.digest) === undefined
        ? denied
        : {
            ...denied,
            lift: { digest: chosen.digest, ...asked },
          },
    storedStatus: active === undefined ? undefined : standingOf(active),
    repository: target.repository,
    images,
    chosen,
    tag: chosen.tag,
    cause: 'manual',
    event: JSON.stringify({ request, by, why }),
    repositorySha256: sha256(target.repository),
    ...frozenOf(services.env),
    nowMs,
  });
  const seen = best && { tag: best.tag, digest: best.digest };
  const verdict = judgeImage({ ...look, asked: { ...asked, seen } });
  if (verdict.verdict !== 'start' && verdict.verdict !== 'supersede') {
    return refused(
      verdict.verdict === 'wait' ? `${verdict.reason}: ask again then` : verdict.reason,
    );
  }
  const written = await writeTarget(services.store, { ...verdict.target, request });
  if (written.active === undefined) return refused(`${policy.id} has no rollout`);
  const rollout = await makeActive(services, written.active, nowMs);
  return {
    verdict: 'done',
    reason: `${rolloutTitle(rollout)} brings ${image.repository}:${chosen.tag}`,
    ...idOf(rollout),
  };
}

function denyImage(target: Target, rollout: Rollout, reason: string, nowMs: number): Target {
  return deny(target, rollout, { reason, title: rolloutTitle(rollout), nowMs });
}

function idOf({ rollout, status }: Rollout): { rollout: string; status: string } {
  return { rollout, status };
}
