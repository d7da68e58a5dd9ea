/**
 * A value without what depends on who wrote it: JSON inside texts is parsed, members are in the order of their
 * names, and those that `drops` names are left out.
 */
export function plain(value: unknown, drops: (name: string, member: unknown) => boolean): unknown {
  if (typeof value === 'string') return parsed(value, drops);
  if (Array.isArray(value)) return value.map((item) => plain(item, drops));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name, member]) => !drops(name, member))
      .map(([name, member]) => [name, plain(member, drops)] as const)
      .toSorted(([left], [right]) => (left < right ? -1 : 1)),
  );
}

/** Texts such as `{% $states.input %}` only look like JSON. */
function parsed(text: string, drops: (name: string, member: unknown) => boolean): unknown {
  if (!/^\s*[[{]/.test(text)) return text;
  try {
    return plain(JSON.parse(text), drops);
  } catch {
    return text;
  }
}
