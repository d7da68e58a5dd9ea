/** Far more than a product has; a bound for tests that make up expressions. */
const MAX_CACHED = 5_000;

/** Parses a text once, and forgets all of them when they become too many. */
export function cached<Parsed>(
  parse: (text: string) => Parsed,
  maxCached = MAX_CACHED,
): (text: string) => Parsed {
  const known = new Map<string, Parsed>();
  return (text) => {
    const present = known.get(text);
    if (present !== undefined) return present;
    const parsed = parse(text);
    if (known.size >= maxCached) known.clear();
    known.set(text, parsed);
    return parsed;
  };
}
