/** The story as JSON lines, for programs that follow it: `{"second":151,"text":"…"}`. */
import type { Audience } from '../scenario/audience.ts';

export function jsonLines(write: (text: string) => void, pass: Audience['pass']): Audience {
  let startMs: number | undefined;
  return {
    note: ({ atMs, text, tone }) => {
      startMs ??= atMs;
      write(`${JSON.stringify({ second: Math.round((atMs - startMs) / 1000), tone, text })}\n`);
    },
    show: () => {},
    keep: () => {},
    pass,
  };
}
