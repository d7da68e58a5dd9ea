/** How a watch is shown: in place on a terminal, as lines in a log, as JSON lines to programs. */
import { standingOf } from '#core/rollout.ts';
import { isOpen } from '#core/status.ts';
import { formatCounts, styleOf } from '#core/view/format.ts';
import { viewRollout } from '#core/view/rollout-view.ts';
import { tellEntry } from '#core/view/tone.ts';
import type { Screen } from './around.ts';
import { isoOf, line, paintFor, wrap } from './format.ts';
import type { WatchEnd } from './judge-watch.ts';
import { nextSteps, reasonOf, renderSteps } from './reason.ts';
import { entryJson, rolloutJson } from './record.ts';
import { renderPicture } from './render-record.ts';
import type { Look } from './watch-looks.ts';

export interface WatchView {
  /** `end`: why this look is the last one. */
  show(look: Look, end: WatchEnd | undefined): void;
}

/** Moves up so many lines, and clears what is below. */
const rewind = (lines: number) => (lines === 0 ? '' : `\u001b[${lines}A\u001b[J`);

export function pictureView(out: Screen): WatchView {
  let height = 0;
  return {
    show: (look, end) => {
      const { progress, nowMs } = look;
      const { rollout } = progress;
      const margin = 2;
      const lines = [
        ...renderPicture(progress, nowMs, out),
        '',
        ...wrap(line(reasonOf(rollout)), margin),
        '',
        ...renderSteps(
          nextSteps(rollout).filter(({ command }) => !command.includes(' watch ')),
        ).map((text) => `${' '.repeat(margin)}${text}`),
        ...(end?.code === 3 ? ['', ...wrap(line(end.reason), margin)] : []),
      ];
      // What has scrolled away cannot be drawn again.
      const most = end === undefined ? (out.rows ?? lines.length + 1) - 1 : lines.length;
      const shown = lines.slice(0, most);
      out.write(`${rewind(height)}${shown.map((text) => `${text}\n`).join('')}`);
      height = shown.length;
    },
  };
}

export function plainView(out: Screen): WatchView {
  const paint = paintFor(out);
  let lastSeq = 0;
  let lastBatch = '';
  const say = (atMs: number, text: string) => {
    const title = `${isoOf(atMs)}  `;
    out.write(`${wrap(line(title + text, title.length), 0).join('\n')}\n`);
  };
  return {
    show: ({ progress, nowMs }, end) => {
      const { rollout } = progress;
      const { title, batches } = viewRollout(progress);
      for (const entry of rollout.log.filter(({ seq }) => seq > lastSeq)) {
        const { words, tone } = tellEntry(rollout.log, entry);
        say(entry.at_ms, `${title}  ${tone === 'plain' ? words : paint(styleOf(tone), words)}`);
        lastSeq = entry.seq;
      }
      const open = isOpen(standingOf(rollout)) ? batches[rollout.batch] : undefined;
      if (open !== undefined) {
        const batch = `batch ${open.number} of ${batches.length}: ${formatCounts(open.counts)}`;
        if (batch !== lastBatch) say(nowMs, `${title}  ${batch}`);
        lastBatch = batch;
      }
      if (end !== undefined) out.write(`${wrap(line(end.reason), 0).join('\n')}\n`);
    },
  };
}

/** A line for each entry of the log, and a last one. */
export function jsonView(out: Screen): WatchView {
  let lastSeq = 0;
  return {
    show: ({ progress: { rollout } }, end) => {
      for (const entry of rollout.log.filter(({ seq }) => seq > lastSeq)) {
        out.write(`${JSON.stringify({ rollout_id: rollout.rollout, ...entryJson(entry) })}\n`);
        lastSeq = entry.seq;
      }
      if (end === undefined) return;
      const { code: exit_code, reason: why } = end;
      const last = { exit_code, status: standingOf(rollout), why, rollout: rolloutJson(rollout) };
      out.write(`${JSON.stringify(last)}\n`);
    },
  };
}
