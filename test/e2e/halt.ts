/** Where a run can be stopped and killed: the points that E2E_HALT_AT may name. kills/ does. */
const POINTS = ['engine is up', 'hosts are up', 'stack is deployed', 'batch is open'] as const;
const FOR_EVER_MS = 2 ** 31 - 1;

export type Point = (typeof POINTS)[number];

/** What a halted run says, on a line of its own. */
export function formatHalt(point: Point): string {
  return `halted: ${point}`;
}

/** Waits for ever where the run is to be halted; first, there alone, for what else makes the point. */
export async function haltAt(point: Point, until?: () => Promise<unknown>): Promise<void> {
  if (process.env['E2E_HALT_AT'] !== point) return;
  await until?.();
  process.stdout.write(`${formatHalt(point)}\n`);
  // The timer is what keeps the process alive.
  await new Promise((resolve) => setTimeout(resolve, FOR_EVER_MS));
}
