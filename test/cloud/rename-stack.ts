/**
 * A second stack without synthesizing it: all names of a stack begin with its own, and that is all in which two differ
 * but for ids that mean nothing here.
 */
export function renameStack(template: unknown, from: string, to: string): unknown {
  const name = new RegExp(`(?<![A-Za-z])${from}(?=["-])`, 'g');
  return JSON.parse(JSON.stringify(template).replace(name, to));
}
