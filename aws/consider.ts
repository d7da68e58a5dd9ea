/**
 * A look at one repository for every policy that it concerns. The order is part of the lock: read the
 * targets (consistent), then ask the registry, then write on condition of what was read; who loses begins
 * again at the first step.
 */

import type { Logger } from '@aws-lambda-powertools/logger';
import type { ECRClient } from '@aws-sdk/client-ecr';
import { chooseImage, type RegistryImage } from '#core/choose-image.ts';
import { LostRaceError } from '#core/errors.ts';
import { splitRegistry } from '#core/image-reference.ts';
import { judgeImage } from '#core/judge-image.ts';
import { makeLook } from '#core/make-look.ts';
import { standingOf } from '#core/rollout.ts';
import type { RolloutSeed } from '#core/rollout-seed.ts';
import { paceOf } from '#core/settings.ts';
import { ensureRollout, makeActive } from './ensure-rollout.ts';
import type { Environment } from './environment.ts';
import { sha256 } from './hash.ts';
import { findPolicies, readWanted, type Wanted } from './policy-store.ts';
import { listImages } from './registry.ts';
import { writeTarget } from './rollout-store.ts';
import type { WalkServices } from './walk.ts';

const RACES = 5;

export interface ConsiderServices extends WalkServices {
  ecr: ECRClient;
  env: Environment;
}

export interface Cause {
  repository: string;
  /** The tag that a push event names; undefined for any other look. */
  tag: string | undefined;
  triggeredBy: RolloutSeed['triggered_by'];
  event: string;
}

export type Considered = 'done' | 'tag_is_missing';

export async function considerRepository(
  services: ConsiderServices,
  log: Logger,
  cause: Cause,
  nowMs: number,
): Promise<Considered> {
  const { repository } = cause;
  const [registry, name] = splitRegistry(repository);
  const ids = await findPolicies(services.store, repository);
  if (ids.length === 0) {
    log.info('no policy wants this repository', { repository });
    return 'done';
  }
  let open = ids;
  for (let race = 1; open.length > 0; race += 1) {
    const wanted = await readWanted(services.store, open, repository, services.env.settings);
    if (wanted.length === 0) {
      log.info('every policy that wanted this repository is gone', { repository });
      return 'done';
    }
    if (registry !== '') {
      log.warn('only the stack’s own ECR is asked in this version', { repository });
      return 'done';
    }
    const pinned = wanted.flatMap(({ policy }) => policy?.pinned_digest ?? []);
    const images = await listImages(services.ecr, name, pinned);
    if (images === undefined) {
      log.warn('the registry has no such repository', { repository });
      return 'done';
    }
    if (cause.tag !== undefined && !images.some(({ tags }) => tags.includes(cause.tag ?? ''))) {
      return 'tag_is_missing';
    }
    const lost: string[] = [];
    for (const one of wanted) {
      if (await considerPolicy(services, log, cause, one, images, nowMs)) continue;
      if (race >= RACES) throw new LostRaceError(`${one.id} lost ${race} races`);
      lost.push(one.id);
    }
    open = lost;
  }
  return 'done';
}

/** False where a race was lost. */
async function considerPolicy(
  services: ConsiderServices,
  log: Logger,
  cause: Cause,
  wanted: Wanted,
  images: readonly RegistryImage[],
  nowMs: number,
): Promise<boolean> {
  const about = { policy: wanted.id, repository: cause.repository, pushed: cause.tag };
  if (wanted.policy === undefined) {
    log.error('the policy cannot be used', { ...about, reason: wanted.problem });
    return true;
  }
  const choice = chooseImage(wanted.policy, images, nowMs);
  if (choice.chosen === undefined) {
    log.info('no image is chosen', { ...about, reason: choice.reason });
    return true;
  }
  try {
    const active = await ensureRollout(services, wanted.target, nowMs);
    const look = makeLook({
      policy: wanted.policy,
      target: wanted.target,
      storedStatus: active === undefined ? undefined : standingOf(active),
      repository: cause.repository,
      images,
      chosen: choice.chosen,
      tag: cause.tag,
      cause: cause.triggeredBy,
      event: cause.event,
      repositorySha256: sha256(cause.repository),
      ...frozenOf(services.env),
      nowMs,
    });
    const verdict = judgeImage(look);
    log.info('image considered', { ...about, verdict: verdict.verdict, reason: verdict.reason });
    if (verdict.verdict === 'nothing') return true;
    const written = await writeTarget(services.store, verdict.target);
    const starts = verdict.verdict === 'start' || verdict.verdict === 'supersede';
    if (starts && written.active !== undefined) await makeActive(services, written.active, nowMs);
    return true;
  } catch (error) {
    if (error instanceof LostRaceError) return false;
    throw error;
  }
}

/** What a rollout freezes of the stack when it begins. */
export function frozenOf(env: Environment): Pick<RolloutSeed, 'document' | 'pace'> {
  return {
    document: {
      name: env.DOCUMENT_NAME,
      version: env.DOCUMENT_VERSION,
      hash: env.DOCUMENT_HASH,
    },
    pace: paceOf(env.settings),
  };
}
