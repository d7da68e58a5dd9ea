/** What a screen takes: its width, its colours. */
import type { Paint } from '#core/view/format.ts';
import type { Screen } from './live-view.ts';
import { paintWith } from './paint.ts';

export interface Page {
  columns: number;
  paint: Paint;
}

/** A log has room for 100 columns. */
export function pageOf({ columns = 100, isTTY = false, hasColors }: Screen): Page {
  // Of the terminal, if it is one; NO_COLOR is respected.
  return { columns, paint: paintWith(isTTY && (hasColors?.() ?? false)) };
}

export function writeLines(out: Screen, lines: readonly string[]): void {
  out.write(`${lines.join('\n')}\n`);
}

/** `startedMs`: by `performance.now()`. */
export function readReal(startedMs: number): { seconds: number; memoryBytes: number } {
  return {
    seconds: (performance.now() - startedMs) / 1000,
    // resourceUsage counts in kilobytes.
    memoryBytes: process.resourceUsage().maxRSS * 1024,
  };
}
