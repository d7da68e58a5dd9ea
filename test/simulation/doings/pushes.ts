/** What developers do to the registry. What it refuses, nothing came of. */
import { ServiceError } from '#local/service-error.ts';
import type { Stage } from '../stage.ts';
import type { Doing } from '../world.ts';

type Of<Kind extends Doing['kind']> = Extract<Doing, { kind: Kind }>;

/** The tag of the n-th push is a version, a number and a text at once. */
function nextTag({ cloud }: Stage, repository: string): string {
  const held = cloud.ecr.repository(repository);
  let next = held.images.length;
  while (held.hasTag(`1.0.${next}`)) next += 1;
  return `1.0.${next}`;
}

export function push(stage: Stage, { repository, what, behaviour, movesLatest }: Of<'push'>): void {
  const { cloud, counters } = stage;
  const tag = nextTag(stage, repository);
  const last = cloud.ecr.repository(repository).images.at(-1);
  if (cloud.clock.nowMs() - (last?.pushedAtMs ?? 0) <= 1_000)
    counters.count('two pushes in a second');
  const digest = cloud.ecr.push(repository, { tag });
  cloud.fleet.images.set(digest, behaviour);
  counters.count('pushes');
  counters.count(`push: ${what}`);
  stage.tell(`push ${repository}:${tag}, ${what}`);
  if (movesLatest) attempt(() => cloud.ecr.push(repository, { digest, tag: 'latest' }));
}

/** An earlier image gets a new tag: a revert. */
export function pushAgain(stage: Stage, { repository, back }: Of<'push_again'>): void {
  const { ecr } = stage.cloud;
  const image = ecr.repository(repository).images.at(-1 - back);
  if (image === undefined) return;
  const tag = nextTag(stage, repository);
  attempt(() => ecr.push(repository, { digest: image.digest, tag }));
  attempt(() => ecr.push(repository, { digest: image.digest, tag: 'latest' }));
  stage.counters.count('pushes');
  stage.counters.count('push: an old image again');
  stage.tell(`push ${repository}:${tag}, the image of ${back} pushes ago`);
}

export function deleteTag(stage: Stage, { repository }: { repository: string }): void {
  const { ecr } = stage.cloud;
  const held = ecr.repository(repository);
  const newest = held.images.at(-1);
  const tag = held.tagsOf(newest?.digest ?? '').find((name) => name !== 'latest');
  if (tag === undefined) return;
  ecr.deleteTag(repository, tag);
  stage.counters.count('a tag was deleted');
  stage.tell(`delete the tag ${repository}:${tag}`);
}

export function deleteImage(stage: Stage, { repository }: { repository: string }): void {
  const { ecr } = stage.cloud;
  const images = ecr.repository(repository).images;
  const newest = images.at(-1);
  if (newest === undefined || images.length < 3) return;
  ecr.deleteImage(repository, newest.digest);
  stage.counters.count('an image was deleted');
  stage.tell(`delete the newest image of ${repository}`);
}

function attempt(put: () => unknown): void {
  try {
    put();
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
  }
}
