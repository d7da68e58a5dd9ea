/**
 * Where the lambdas' log lines go: into one list of the cloud, parsed. A line that is no JSON is kept
 * as `{ message }`. The invocation that wrote a line is known from the wire's callers.
 */
import { Console } from 'node:console';
import { Writable } from 'node:stream';
import { callers } from '../wire.ts';

export interface LogLine {
  readonly atMs: number;
  readonly functionName: string;
  readonly requestId: string;
  readonly line: Readonly<Record<string, unknown>>;
}

export function logConsole(
  functionName: string,
  nowMs: () => number,
  write: (line: LogLine) => void,
): Console {
  const stream = new Writable({
    decodeStrings: false,
    write(chunk, _encoding, done) {
      for (const text of String(chunk).split('\n')) {
        if (text === '') continue;
        const requestId = callers.getStore()?.requestId ?? '';
        write({ atMs: nowMs(), functionName, requestId, line: parseLine(text) });
      }
      done();
    },
  });
  return new Console({ stdout: stream, stderr: stream, colorMode: false });
}

function parseLine(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return { ...value };
  } catch {
    // Not every line is JSON; what somebody prints is kept as it is.
  }
  return { message: text };
}
