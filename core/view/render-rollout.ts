/** The picture of a rollout: title, batches, what needs attention, the last verdict. None wider than the canvas. */
import { type Canvas, renderBars } from './batch-bars.ts';
import { CELLS, formatElapsed, formatNumber, styleOf } from './format.ts';
import { SHOWN_STATES } from './host-glance.ts';
import type { RolloutView } from './rollout-view.ts';
import { fateOf, toneOf } from './tone.ts';

const TROUBLED = 5;

export interface Frame {
  nowMs: number;
  rollout: RolloutView | undefined;
  /** The last one of "Judge batch", with its reason. */
  verdict: string | undefined;
}

export function renderRollout({ rollout, nowMs, verdict }: Frame, canvas: Canvas): string[] {
  if (rollout === undefined) return [];
  const { nextBatchAtMs, batches } = rollout;
  const waitMs = nextBatchAtMs === undefined ? undefined : nextBatchAtMs - nowMs;
  return [
    renderTitle(rollout, nowMs, canvas),
    ...(batches.length === 0
      ? []
      : ['', ...renderBars(batches, waitMs, canvas), '', renderLegend(rollout, canvas)]),
    ...renderTroubled(rollout, canvas),
    ...(verdict === undefined ? [] : ['', clip(`  verdict  ${verdict}`, canvas)]),
  ];
}

/** `shop-web #2  v1 → v2  in_progress  00:42:10` */
function renderTitle(rollout: RolloutView, nowMs: number, { paint }: Canvas): string {
  const { title, from, to, status, startedAtMs, endedAtMs } = rollout;
  const elapsed = formatElapsed((endedAtMs ?? nowMs) - startedAtMs);
  const parts = [paint('bold', title), `${from} → ${to}`, paint(styleOf(toneOf(status)), status)];
  return [...parts, elapsed].join('  ');
}

/** What the characters mean, and of how many hosts in all; only what is there. */
function renderLegend({ batches }: RolloutView, { paint }: Canvas): string {
  const parts = SHOWN_STATES.flatMap((state) => {
    const count = batches.reduce((sum, { counts }) => sum + (counts[state] ?? 0), 0);
    const { cell, style } = CELLS[state];
    return count === 0 ? [] : [`${paint(style, cell)} ${state} ${formatNumber(count)}`];
  });
  return `  ${parts.join('   ')}`;
}

function renderTroubled({ troubled, from }: RolloutView, canvas: Canvas): string[] {
  const named = troubled.filter(({ reason }) => reason !== '');
  if (named.length === 0) return [];
  const lines = named.slice(0, TROUBLED).map((host) => {
    const cause = host.state === 'back' ? `, after: ${host.reason}` : '';
    return clip(`  ${host.host}  ${fateOf(host, from)}${cause}`, canvas);
  });
  const more = named.length - TROUBLED;
  return ['', ...lines, ...(more > 0 ? [`  and ${formatNumber(more)} more`] : [])];
}

/** Cuts a line that has no colours yet. */
function clip(line: string, { columns }: Canvas): string {
  return line.length <= columns ? line : `${line.slice(0, Math.max(0, columns - 1))}…`;
}
