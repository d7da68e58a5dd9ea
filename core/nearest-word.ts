/** From this share of common letter pairs on, a word is taken for a misspelling of another. */
const LIKENESS = 0.6;
/** A longer word is no typing mistake of a name of ours. */
const MAX_LENGTH = 80;

/** The word that was probably meant, if one is near enough: `max_failure_rates` → `max_failure_rate`. */
export function nearestWord(written: string, words: readonly string[]): string | undefined {
  if (written.length > MAX_LENGTH) return undefined;
  let nearest: string | undefined;
  let most = LIKENESS;
  for (const word of words) {
    const likeness = compareWords(written, word);
    if (likeness > most) [nearest, most] = [word, likeness];
  }
  return nearest;
}

/** Dice's coefficient: the share of the letter pairs of both words that they have in common. */
function compareWords(one: string, other: string): number {
  const [left, right] = [pairs(one), pairs(other)];
  const common = [...left].filter((pair) => right.has(pair)).length;
  return (2 * common) / (left.size + right.size);
}

function pairs(word: string): Set<string> {
  return new Set(Array.from({ length: word.length }, (_, index) => word.slice(index, index + 2)));
}
