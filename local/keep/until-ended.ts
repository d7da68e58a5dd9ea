/** Ctrl-C, or a supervisor's SIGTERM: the first one ends the program in good order, the second at once. */
import type { EventEmitter } from 'node:events';

export interface Program extends Pick<EventEmitter, 'on'> {
  exit(code: number): void;
}

/** What a shell says of each. */
const CODES = { SIGINT: 130, SIGTERM: 143 };

/** The listeners stay: what restores the cursor would take itself for the last one, and end the program by the signal. */
export function untilEnded(program: Program): AbortSignal {
  const ended = new AbortController();
  for (const [signal, code] of Object.entries(CODES)) {
    program.on(signal, () => {
      if (ended.signal.aborted) program.exit(code);
      else ended.abort();
    });
  }
  return ended.signal;
}
