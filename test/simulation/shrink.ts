/**
 * The shortest story of a violation: happenings and kinds of faults are left out, halves first, then one by one,
 * as long as the same thing is violated still.
 */
import { drawWorld } from './draw-world.ts';
import { type Outcome, type Play, playSeed } from './play-seed.ts';
import { type FaultKind, faultKinds } from './rates.ts';

export interface Shrunk {
  outcome: Outcome;
  without: ReadonlySet<number>;
  off: ReadonlySet<FaultKind>;
  plays: number;
}

/** `4 at 2026-…: what` → `4`: what is violated, without when and by what. */
export function nameOfViolation(violation: string): string {
  const [, name = ''] =
    /^(.+?) at \d{4}-\d\d-/.exec(violation) ?? /^([a-z ]+):/.exec(violation) ?? [];
  return name === 'at rest' ? name + violation.replaceAll(/.* is /g, ': ') : name;
}

export async function shrink(play: Play, first: Outcome, mostPlays = 150): Promise<Shrunk> {
  const wanted = nameOfViolation(first.violations[0] ?? '');
  let best: Shrunk = { outcome: first, without: new Set(), off: new Set(), plays: 0 };
  let plays = 0;
  const attempt = async (without: ReadonlySet<number>, off: ReadonlySet<FaultKind>) => {
    if (plays >= mostPlays) return false;
    plays += 1;
    const outcome = await playSeed({ ...play, without, off });
    const isSame = outcome.violations.some((one) => nameOfViolation(one) === wanted);
    if (isSame) best = { outcome, without, off, plays };
    return isSame;
  };
  const ids = drawWorld(play.seed, play.size).happenings.map(({ id }) => id);
  await leaveOut(faultKinds(), (less) => attempt(best.without, new Set([...best.off, ...less])));
  await leaveOut(ids, (less) => attempt(new Set([...best.without, ...less]), best.off));
  await leaveOut(faultKinds(), (less) => attempt(best.without, new Set([...best.off, ...less])));
  return { ...best, plays };
}

/** All, halves, quarters … one: what can be left out is. */
async function leaveOut<T>(
  all: readonly T[],
  isWithout: (less: readonly T[]) => Promise<boolean>,
): Promise<void> {
  let left = [...all];
  for (let size = left.length; size >= 1; size = Math.floor(size / 2)) {
    for (let from = 0; from < left.length; ) {
      const some = left.slice(from, from + size);
      if (await isWithout(some)) left = left.filter((one) => !some.includes(one));
      else from += size;
    }
  }
}
