/** The story as lines, for a log: `00:02:31  shop-web #1  batch 1: 2 of 2 hosts are healthy`. */
import { formatElapsed, type Paint, styleOf, wrapWords } from '#core/view/format.ts';
import type { Audience, Note } from '../scenario/audience.ts';

export interface PlainOptions {
  write: (text: string) => void;
  paint: Paint;
  pass: Audience['pass'];
}

export function plainView({ write, paint, pass }: PlainOptions): Audience {
  let startMs: number | undefined;
  return {
    note: (note) => {
      startMs ??= note.atMs;
      write(`${formatNote(note, startMs, { paint })}\n`);
    },
    show: () => {},
    keep: () => {},
    pass,
  };
}

const TEXT_AT = '00:00:00  '.length;

/** One line, or several that begin below the first one's text where there are `columns`. */
export function formatNote(
  { atMs, text, tone }: Note,
  startMs: number,
  { paint, columns = Number.POSITIVE_INFINITY }: { paint: Paint; columns?: number },
): string {
  const lines = wrapWords(text, columns - TEXT_AT).map((line) =>
    tone === 'plain' ? line : paint(styleOf(tone), line),
  );
  return `${paint('dim', formatElapsed(atMs - startMs))}  ${lines.join(`\n${' '.repeat(TEXT_AT)}`)}`;
}
