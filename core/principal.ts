/**
 * Who asks, as one line: by the command line the ARN of their IAM principal and, behind it in brackets, the name
 * that they gave; by the console whatever they wrote. An ARN has no space.
 */

/** `arn:aws:iam::111122223333:user/ci (bea)`; without a name the ARN alone. */
export function writeAsker(principal: string, name: string | undefined): string {
  return name === undefined ? principal : `${principal} (${name})`;
}

/** Undefined where somebody wrote a word of their own. */
export function principalOf(by: string): string | undefined {
  return /^arn:[^ ]+/.exec(by)?.[0];
}

/** A name that was added does not make another person of the same principal. */
export function isSameAsker(by: string, other: string): boolean {
  return (principalOf(by) ?? by) === (principalOf(other) ?? other);
}

/** For a sentence: `ci (bea)`, the last part of the ARN; what is no ARN stays. */
export function shortAsker(by: string): string {
  const principal = principalOf(by);
  if (principal === undefined) return by;
  return principal.slice(principal.search(/[^:/]*$/)) + by.slice(principal.length);
}
