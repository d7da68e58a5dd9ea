/** Durations, counts and colours as the views write them. */
import type { ShownState } from './host-glance.ts';
import type { Counts } from './rollout-view.ts';
import type { Tone } from './tone.ts';

/** `01:12:40`; hours go on counting. */
export function formatElapsed(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0');
  return `${two(seconds / 3600)}:${two((seconds / 60) % 60)}:${two(seconds % 60)}`;
}

/** `3 of 8 healthy`, or what the others are; in the order of the legend. */
export function formatCounts(counts: Counts): string {
  return Object.entries(counts)
    .map(([state, count]) => `${count} ${state}`)
    .join(', ');
}

/** Breaks between words; a word that is longer than a line stays whole. */
export function wrapWords(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

export function formatNumber(value: number): string {
  return value.toLocaleString('en-US');
}

/** Names that node:util knows; whether there are colours is for the caller to know. */
export type Style =
  | 'bold'
  | 'dim'
  | 'gray'
  | 'cyan'
  | 'green'
  | 'yellow'
  | 'magenta'
  | 'red'
  | 'reset';
export type Paint = (style: Style, text: string) => string;

export function styleOf(tone: Tone): Style {
  switch (tone) {
    case 'good':
      return 'green';
    case 'bad':
      return 'red';
    case 'waiting':
      return 'yellow';
    case 'plain':
      return 'reset';
  }
}

/** A host is one character; each differs without its colour too. */
export const CELLS: Readonly<Record<ShownState, { cell: string; style: Style }>> = {
  waiting: { cell: '·', style: 'gray' },
  updating: { cell: '»', style: 'cyan' },
  verifying: { cell: '~', style: 'cyan' },
  healthy: { cell: '■', style: 'green' },
  failed: { cell: '×', style: 'red' },
  unknown: { cell: '?', style: 'yellow' },
  'going back': { cell: '«', style: 'magenta' },
  back: { cell: '□', style: 'magenta' },
  'not back': { cell: '!', style: 'red' },
  skipped: { cell: '-', style: 'gray' },
};
