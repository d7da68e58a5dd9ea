/** How the program writes: words of a line, instants, colours. */
import { styleText } from 'node:util';
import type { Paint } from '#core/view/format.ts';
import { openZoneClock } from '#core/zone-clock.ts';
import type { Screen } from './around.ts';

const COLUMNS = 100;

/** Where the text of every section begins. */
const INDENT = 10;

/** Colours on a terminal alone, and not where NO_COLOR is set, which `hasColors` knows. */
export function paintFor({ isTTY = false, hasColors }: Screen): Paint {
  if (!isTTY || hasColors?.() !== true) return (_, text) => text;
  return (style, text) => styleText(style, text, { validateStream: false });
}

/** A line, and where its text goes on when it is too long: behind so many of its characters. */
export interface Line {
  text: string;
  hang: number;
}

export function line(text: string, hang = 0): Line {
  return { text, hang };
}

/** Breaks between words, behind a margin of so many columns. */
export function wrap({ text, hang }: Line, margin: number): string[] {
  const lines: string[] = [];
  let open = '';
  for (const word of text.split(' ')) {
    const begin = ' '.repeat(lines.length === 0 ? margin : margin + hang);
    const longer = open === '' ? begin + word : `${open} ${word}`;
    if (longer.length <= COLUMNS || open === '') open = longer;
    else {
      lines.push(open);
      open = ' '.repeat(margin + hang) + word;
    }
  }
  return [...lines, open];
}

/** Titled sections that have a line at all, with a blank line between; nothing is painted but titles. */
export function renderSections(
  sections: readonly (readonly [title: string, lines: readonly Line[]])[],
  paint: Paint,
): string {
  return sections
    .filter(([, lines]) => lines.length > 0)
    .map(([title, lines]) => {
      const [first = '', ...rest] = lines.flatMap((one) => wrap(one, INDENT));
      return `${[paint('bold', title) + first.slice(title.length), ...rest].join('\n')}\n`;
    })
    .join('\n');
}

/** `Sat 2026-11-14 12:00`, as a clock in the zone shows it. */
export function showClock(atMs: number, zone: string): string {
  const { wallMs } = openZoneClock(zone);
  const wall = new Date(wallMs(atMs));
  const day = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'][wall.getUTCDay()];
  return `${day} ${wall.toISOString().slice(0, 16).replace('T', ' ')}`;
}

export function isoOf(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 19)}Z`;
}

/** `26 minutes`, `3 h 5 min`, `24 h`, `3 days 4 h`; rounded up. */
export function showSpan(ms: number): string {
  const minutes = Math.ceil(ms / 60_000);
  const hours = Math.floor(minutes / 60);
  if (hours < 2) return minutes === 1 ? '1 minute' : `${minutes} minutes`;
  const parts =
    hours < 48
      ? [`${hours} h`, minutes % 60 > 0 ? `${minutes % 60} min` : '']
      : [`${Math.floor(hours / 24)} days`, hours % 24 > 0 ? `${hours % 24} h` : ''];
  return parts.filter((part) => part !== '').join(' ');
}

/** `1 host`, `20 hosts`, `1,000 hosts`. */
export function count(amount: number, thing: string): string {
  return `${amount.toLocaleString('en-US')} ${thing}${amount === 1 ? '' : 's'}`;
}
