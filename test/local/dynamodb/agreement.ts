/** Whether two emulators gave the same answer, and in which words they may refuse the same thing. */
import { isDeepStrictEqual } from 'node:util';
import type { Outcome } from './emulator.ts';

/** One refusal in two wordings. The store uses the service's where they are known. */
export interface Wording {
  readonly ours: RegExp;
  readonly theirs: RegExp;
  readonly because: string;
}

/** What differs, or undefined. A wording that explains a difference is added to `used`. */
export function differenceOf(
  ours: Outcome,
  theirs: Outcome,
  wordings: readonly Wording[],
  used = new Set<Wording>(),
): string | undefined {
  if (isDeepStrictEqual(ours, theirs)) return undefined;
  const shown = `ours:   ${JSON.stringify(ours)}\ntheirs: ${JSON.stringify(theirs)}`;
  if (ours.code !== theirs.code || !ours.code) return shown;
  if (!isDeepStrictEqual(ours.item, theirs.item)) return shown;
  const wording = wordings.find(
    (each) => each.ours.test(ours.message ?? '') && each.theirs.test(theirs.message ?? ''),
  );
  if (!wording) return shown;
  used.add(wording);
  return undefined;
}

/** Only the fact of a refusal: where a command is wrong in several ways, who says which first? */
export function withoutMessage({ message: _, ...outcome }: Outcome): Outcome {
  return outcome;
}
