import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { RolloutView } from '#core/view/rollout-view.ts';
import { liveView } from '#local/view/live-view.ts';
import type { Tick } from '#local/view/pacer.ts';
import { paintWith } from '#local/view/paint.ts';

const ROLLOUT: RolloutView = {
  title: 'shop-web #1',
  from: 'v1',
  to: 'v2',
  status: 'in_progress',
  startedAtMs: 0,
  endedAtMs: undefined,
  batches: [],
  troubled: [],
  nextBatchAtMs: undefined,
  hold: undefined,
};

/** Whether the picture moves while time passes. */
async function isTicked(rollout: RolloutView | undefined, isKept = false): Promise<boolean> {
  const ticks: (Tick | undefined)[] = [];
  const view = liveView({
    stream: Object.assign(new PassThrough(), { isTTY: true, columns: 100, rows: 40 }),
    paint: paintWith(false),
    pass: async (_from, _to, tick) => void ticks.push(tick),
  });
  if (rollout) view.show({ nowMs: 0, rollout, verdict: undefined });
  if (isKept) view.keep();
  await view.pass(0, 60_000);
  view.keep();
  return ticks[0] !== undefined;
}

describe('the picture on a terminal', () => {
  it('moves while a rollout does', async () => {
    expect(await isTicked(ROLLOUT)).toBe(true);
  });

  it.each([
    ['before there is one', undefined, false],
    ['when it has ended', { ...ROLLOUT, endedAtMs: 1 }, false],
    ['when it waits for a person', { ...ROLLOUT, hold: 'too many hosts are silent' }, false],
    ['when it stays as it is', ROLLOUT, true],
  ])('stands still %s', async (_, rollout, isKept) => {
    expect(await isTicked(rollout, isKept)).toBe(false);
  });
});
