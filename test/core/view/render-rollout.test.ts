import { describe, expect, it } from 'vitest';
import { renderBars, shareOut } from '#core/view/batch-bars.ts';
import { CELLS, formatElapsed, wrapWords } from '#core/view/format.ts';
import { SHOWN_STATES, type ShownState } from '#core/view/host-glance.ts';
import { type Frame, renderRollout } from '#core/view/render-rollout.ts';
import type { BatchView, RolloutView } from '#core/view/rollout-view.ts';
import { paintWith } from '#local/view/paint.ts';

const paint = paintWith(false);
const canvas = { columns: 100, paint };
const MINUTE_MS = 60_000;

function batch(number: number, states: readonly ShownState[], of: Partial<BatchView>): BatchView {
  const counts: Partial<Record<ShownState, number>> = {};
  for (const state of states) counts[state] = (counts[state] ?? 0) + 1;
  return { number, reach: 1, hosts: states.length, stage: 'open', counts, states, ...of };
}

function times(count: number, state: ShownState): ShownState[] {
  return Array<ShownState>(count).fill(state);
}

const ROLLOUT: RolloutView = {
  title: 'shop-web #2',
  from: 'v1',
  to: 'v2',
  status: 'in_progress',
  startedAtMs: 0,
  endedAtMs: undefined,
  batches: [
    batch(1, ['healthy', 'failed'], { reach: 0.1, stage: 'judged' }),
    batch(2, [...times(3, 'verifying'), ...times(5, 'updating')], { reach: 0.5 }),
    batch(3, times(10, 'waiting'), { stage: 'waits' }),
  ],
  troubled: [{ host: 'i-1', state: 'failed', reason: 'the health check fails', isBack: true }],
  nextBatchAtMs: undefined,
  hold: undefined,
};

function draw(changes: Partial<RolloutView> = {}, of: Partial<Frame> = {}): string[] {
  const frame = { nowMs: 42 * MINUTE_MS + 10_000, verdict: undefined, ...of };
  return renderRollout({ ...frame, rollout: { ...ROLLOUT, ...changes } }, canvas);
}

describe('the picture of a rollout', () => {
  it('shows title, batches, legend, what needs attention and the verdict', () => {
    const lines = draw({}, { verdict: 'advance: batch 1: 1 of 2 hosts are healthy, 1 failed' });

    expect(lines).toEqual([
      'shop-web #2  v1 → v2  in_progress  00:42:10',
      '',
      '     10 %  ■×          1 healthy, 1 failed',
      '     50 %  ~~~»»»»»    3 verifying, 5 updating',
      '    100 %  ··········  10 hosts wait',
      '',
      '  · waiting 10   » updating 5   ~ verifying 3   ■ healthy 1   × failed 1',
      '',
      '  i-1  failed: the health check fails; v1 runs again',
      '',
      '  verdict  advance: batch 1: 1 of 2 hosts are healthy, 1 failed',
    ]);
  });

  it('counts down to the next batch', () => {
    const lines = draw({ nextBatchAtMs: 50 * MINUTE_MS });

    expect(lines[4]).toBe('    100 %  ··········  10 hosts, in 00:07:50');
  });

  it('stops its clock at the end of the rollout', () => {
    const [title] = draw({ endedAtMs: 40 * MINUTE_MS, status: 'completed' });

    expect(title).toBe('shop-web #2  v1 → v2  completed  00:40:00');
  });

  it('is its title alone before there is a plan', () => {
    expect(draw({ batches: [], troubled: [] })).toEqual([
      'shop-web #2  v1 → v2  in_progress  00:42:10',
    ]);
  });

  it('says why a host went back before the others did', () => {
    const host = { host: 'i-1', state: 'back' as const, reason: 'no answer', isBack: true };

    expect(draw({ troubled: [host] }).at(-1)).toBe('  i-1  went back to v1, after: no answer');
  });

  it('names five hosts and counts the others', () => {
    const troubled = Array.from({ length: 7 }, (_, index) => ({
      host: `i-${index}`,
      state: 'unknown' as const,
      reason: 'no answer',
      isBack: false,
    }));

    expect(draw({ troubled }).slice(-2)).toEqual(['  i-4  unknown: no answer', '  and 2 more']);
  });

  it('leaves out hosts that only went back with the others', () => {
    const troubled = [{ host: 'i-1', state: 'back' as const, reason: '', isBack: true }];

    expect(draw({ troubled }).join()).not.toContain('i-1');
  });

  it('is never wider than the terminal', () => {
    const narrow = { columns: 60, paint };
    const troubled = [
      { host: 'i-1', state: 'failed' as const, reason: 'why '.repeat(40), isBack: false },
    ];
    const batches = [batch(1, times(200, 'healthy'), {})];
    const frame = { nowMs: 0, verdict: 'hold: '.repeat(30) };

    const lines = renderRollout({ ...frame, rollout: { ...ROLLOUT, batches, troubled } }, narrow);

    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(60);
  });

  it('shows nothing before there is a rollout', () => {
    expect(renderRollout({ nowMs: 0, rollout: undefined, verdict: undefined }, canvas)).toEqual([]);
  });

  it('has a character of its own for each state', () => {
    expect(new Set(SHOWN_STATES.map((state) => CELLS[state].cell)).size).toBe(SHOWN_STATES.length);
  });

  it('paints each host by its state where there are colours', () => {
    const [line] = renderBars([batch(1, ['healthy', 'failed'], {})], undefined, {
      columns: 100,
      paint: paintWith(true),
    });

    expect(line).toContain('\u001b[32m■\u001b[39m\u001b[31m×\u001b[39m');
  });
});

describe('the bars of a large fleet', () => {
  it('are a host a character up to 200 hosts', () => {
    const lines = renderBars([batch(1, times(200, 'healthy'), {})], undefined, canvas);

    expect(lines.join('').match(/■/g)).toHaveLength(200);
  });

  it('are shares beyond that', () => {
    const lines = renderBars([batch(1, times(201, 'healthy'), {})], undefined, canvas);

    expect(lines).toEqual([`    100 %  ${'■'.repeat(30)}  201 healthy`]);
  });

  it.each([
    [{ healthy: 990, failed: 10 }, 29],
    [{ healthy: 1000 }, 30],
    [{ healthy: 1, failed: 999 }, 1],
    [{ healthy: 333, failed: 333, unknown: 334 }, 10],
    [{ healthy: 283, failed: 283, unknown: 283, skipped: 151 }, 9],
  ])('%j: %i of 30 characters are healthy', (counts, healthy) => {
    const cells = shareOut(counts, 1000, 30);

    expect(cells).toHaveLength(30);
    expect(cells.filter((state) => state === 'healthy')).toHaveLength(healthy);
    expect(new Set(cells).size).toBe(Object.keys(counts).length);
  });
});

describe('words', () => {
  it.each([
    [0, '00:00:00'],
    [59_999, '00:00:59'],
    [3_600_000, '01:00:00'],
    [360_000_000, '100:00:00'],
    [-5, '00:00:00'],
  ])('%i ms are %s', (ms, text) => {
    expect(formatElapsed(ms)).toBe(text);
  });

  it.each([
    ['a b c', 3, ['a b', 'c']],
    ['abcdef g', 3, ['abcdef', 'g']],
    ['', 3, ['']],
  ])('wraps %j at %i', (text, columns, lines) => {
    expect(wrapWords(text, columns)).toEqual(lines);
  });
});
