/** The new image on the host, before anything is stopped (`hosts/script/40-engine.sh`). */
import { isSameImage } from './containers.ts';
import { type Ending, failed } from './ending.ts';
import { after, type Steps, wait } from './point.ts';
import { digestOf, draw, type Work } from './work.ts';

export function* fetch(work: Work): Steps<Ending | undefined> {
  const { ground, ref } = work;
  if (work.mode === 'command') return undefined;
  const digest = digestOf(ref);
  work.phase = 'pull';
  if (ground.faults().work === 'disk_full') return failed(32, 'disk_full');
  if (!ground.pulled.has(digest)) {
    yield wait(draw(ground, ground.timings.pullMs));
    const failure = failureOf(work, digest);
    if (failure) return failure;
    ground.pulled.add(digest);
  }
  yield after('pulled');
  return isForeign(work, digest)
    ? failed(46, `wrong_platform: the image is not for ${ground.platform}`)
    : undefined;
}

/** As it is when the pull ends. */
function failureOf({ ground, ref }: Work, digest: string): Ending | undefined {
  const { work } = ground.faults();
  if (work === 'disk_full') return failed(32, 'disk_full');
  if (work === 'auth') return failed(38, 'auth: the registry refuses the host');
  if (work === 'image_not_found' || !ground.images.isInRegistry(ref)) {
    return failed(37, 'image_not_found');
  }
  if (work === 'pull_failed' || !ground.images.isPullable(digest, ground.hostId)) {
    return failed(36, 'pull_failed: the registry does not answer');
  }
  return undefined;
}

function isForeign({ ground }: Work, digest: string): boolean {
  return !ground.images.runsOn(digest, ground.platform);
}

/** Whether the image that is asked for is the one that runs. */
export function runsTarget({ ground, old, ref }: Work): boolean {
  return old !== '' && isSameImage(ground, old, digestOf(ref));
}
