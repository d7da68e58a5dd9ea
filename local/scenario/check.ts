/** What was to be and what is, in words for people. */
import type { Check } from './story.ts';

/** How many hosts a sentence names. */
const NAMED = 5;

export function checkEqual(what: string, expected: string, found: string): Check {
  return { what, expected, found, holds: expected === found };
}

export interface HostRow {
  host: string;
  expected: string;
  found: string;
}

/** One check for many hosts: the counts where all is well, else the hosts that are not as expected. */
export function checkHosts(what: string, rows: readonly HostRow[]): Check {
  const wrong = rows.filter(({ expected, found }) => expected !== found);
  const counts = countWords(rows.map(({ expected }) => expected));
  if (wrong.length === 0) return { what, expected: counts, found: counts, holds: true };
  const named = wrong
    .slice(0, NAMED)
    .map(({ host, expected, found }) => `${host} has ${found}, not ${expected}`);
  const more = wrong.length > NAMED ? [`and ${wrong.length - NAMED} more`] : [];
  return { what, expected: counts, found: [...named, ...more].join('; '), holds: false };
}

/** `18 v2, 2 v1`; `no host` for none. */
function countWords(words: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  const parts = [...counts].map(([word, count]) => `${count} ${word}`);
  return parts.length > 0 ? parts.join(', ') : 'no host';
}
