/**
 * A bar for each batch. Where the fleet is small every host is one character, in the order of the plan;
 * else the bar is a share of the batch, in which whatever is there at all has at least one character.
 */

import { CELLS, formatCounts, formatElapsed, formatNumber, type Paint } from './format.ts';
import type { ShownState } from './host-glance.ts';
import type { BatchView, Counts } from './rollout-view.ts';

const HOSTS_AS_CELLS = 200;
const CELLS_A_LINE = 50;
const SHARE_CELLS = 30;
/** For the words beside a bar. */
const WORDS = 36;

export interface Canvas {
  columns: number;
  paint: Paint;
}

/** `    2   50 %  ■■■■■»»»    5 healthy, 3 updating`; `waitMs` is the time until the next batch opens. */
export function renderBars(
  batches: readonly BatchView[],
  waitMs: number | undefined,
  { columns, paint }: Canvas,
): string[] {
  const total = batches.reduce((sum, { hosts }) => sum + hosts, 0);
  const room = Math.max(10, Math.min(CELLS_A_LINE, columns - WORDS - 14));
  const bars = batches.map((batch) => {
    const { states, counts, hosts } = batch;
    const isSmall = total <= HOSTS_AS_CELLS;
    return { batch, bar: isSmall ? states : shareOut(counts, hosts, Math.min(room, SHARE_CELLS)) };
  });
  const width = Math.min(room, Math.max(...bars.map(({ bar }) => bar.length)));
  const next = batches.find(({ stage }) => stage === 'waits');
  return bars.flatMap(({ batch, bar: cells }) => {
    const reach = `${formatShare(batch.reach)} %`.padStart(7);
    const words = describe(batch, batch === next ? waitMs : undefined);
    return rowsOf(cells, width).map((row, line) => {
      const bar = paintCells(row, paint) + ' '.repeat(width - row.length);
      return line === 0 ? `  ${reach}  ${bar}  ${words}` : `${' '.repeat(11)}${bar.trimEnd()}`;
    });
  });
}

function rowsOf(cells: readonly ShownState[], width: number): ShownState[][] {
  const rows: ShownState[][] = [];
  for (let from = 0; from < cells.length; from += width) rows.push(cells.slice(from, from + width));
  return rows;
}

function formatShare(share: number): string {
  return String(Math.round(share * 1000) / 10);
}

function describe({ stage, counts, hosts }: BatchView, waitMs: number | undefined): string {
  const many = hosts === 1 ? '1 host' : `${formatNumber(hosts)} hosts`;
  switch (stage) {
    case 'waits':
      return waitMs === undefined ? `${many} wait` : `${many}, in ${formatElapsed(waitMs)}`;
    case 'never opened':
      return `${many}, never opened`;
    default:
      return formatCounts(counts);
  }
}

/** Neighbours of one state are painted together: fewer escape sequences. */
function paintCells(row: readonly ShownState[], paint: Paint): string {
  const runs: ShownState[][] = [];
  for (const state of row) {
    const run = runs.at(-1);
    if (run?.[0] === state) run.push(state);
    else runs.push([state]);
  }
  const paintRun = (run: readonly ShownState[]) =>
    run.slice(0, 1).map((state) => paint(CELLS[state].style, CELLS[state].cell.repeat(run.length)));
  return runs.flatMap(paintRun).join('');
}

/** 990 healthy and 10 failed of 1,000 in 30 cells: 29 and 1. */
export function shareOut(counts: Counts, hosts: number, width: number): ShownState[] {
  const present = Object.entries(counts).filter(isPresent);
  const cells = present.map(([state, count]) => ({
    state,
    cells: Math.max(1, Math.round((count / hosts) * width)),
  }));
  let over = cells.reduce((sum, cell) => sum + cell.cells, 0) - width;
  while (over !== 0) {
    const largest = cells.reduce((most, cell) => (cell.cells > most.cells ? cell : most));
    const change = over > 0 ? -1 : 1;
    largest.cells += change;
    over += change;
  }
  return cells.flatMap((cell) => Array<ShownState>(cell.cells).fill(cell.state));
}

function isPresent(entry: [string, number | undefined]): entry is [ShownState, number] {
  return entry[1] !== undefined && entry[1] > 0;
}
