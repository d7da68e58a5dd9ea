/** Short names for who stands in a log, and what each is short for. */
import { principalOf, shortAsker } from '#core/principal.ts';

export interface NamedAskers {
  /** By what stands in the log. */
  names: ReadonlyMap<string, string>;
  /** `ada is arn:aws:iam::111122223333:user/ops/ada`, a line for each principal. */
  legend: string[];
}

/** A short name is one asker's: neither another principal's nor a word that somebody wrote in the console. */
export function nameAskers(askers: readonly string[]): NamedAskers {
  const all = [...new Set(askers)];
  const words = all.filter((by) => principalOf(by) === undefined);
  const names = new Map(words.map((word) => [word, word]));
  const owners = new Map(names);
  const legend: string[] = [];
  for (const by of all) {
    const principal = principalOf(by);
    if (principal === undefined) continue;
    const short = freeName(shortAsker(principal), principal, owners);
    if (!owners.has(short)) legend.push(`${short} is ${principal}`);
    owners.set(short, principal);
    names.set(by, short + by.slice(principal.length));
  }
  return { names, legend };
}

/** `ada`, or `ada~2` where another is `ada`. */
function freeName(name: string, owner: string, owners: ReadonlyMap<string, string>): string {
  for (let number = 1; ; number += 1) {
    const own = number === 1 ? name : `${name}~${number}`;
    if ((owners.get(own) ?? owner) === owner) return own;
  }
}
