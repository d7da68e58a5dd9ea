/**
 * What `longshore policy plan` foretells of a push is what the push then really does: the same batches with
 * the same hosts in the same order, each begun between the earliest and the latest that was foretold.
 */
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { readPlannedHosts } from '#aws/chunk-store.ts';
import { POLICY, type Start, startCloud } from '#test/cloud/start-cloud.ts';
import { makeProject, run } from './rig.ts';

const Foresight = z.object({
  steps: z.array(z.object({ kind: z.string(), batch: z.int().optional(), from: z.string() })),
  ends: z.string(),
});
const Foretold = z.object({
  batches: z.array(z.object({ hosts: z.array(z.string()) })),
  timeline: z.object({ earliest: Foresight, latest: Foresight }),
});

/** A machine's steps, an event and a command take their seconds. */
const ON_THE_WAY_MS = 120_000;

const NIGHTLY = {
  maintenance_window_start: '22:00',
  maintenance_window_end: '23:00',
  maintenance_window_zone: 'Europe/Berlin',
};

/** When each batch begins first. */
function begins({ steps }: z.infer<typeof Foresight>): number[] {
  const first = new Map<number, number>();
  for (const { batch, from } of steps) {
    if (batch !== undefined && !first.has(batch)) first.set(batch, Date.parse(from));
  }
  return [...first.values()];
}

const CASES: [string, Record<string, unknown>, Start][] = [
  ['in three batches', {}, { hosts: 20 }],
  ['with a soak', { soak_seconds: 300, batch_delay_minutes: 0 }, { hosts: 20 }],
  ['few at a time', { max_unavailable: 3, staged_batches: [0.5, 1] }, { hosts: 20 }],
  [
    'in chunks',
    { max_unavailable: 50, update_strategy: 'auto', staged_batches: [1], batch_delay_minutes: 0 },
    { hosts: 120 },
  ],
  ['spread over zones', { spread: 'zones', staged_batches: ['2 hosts', '50%', 1] }, { hosts: 20 }],
  ['in a window, and the next', { ...NIGHTLY, batch_delay_minutes: 45 }, { hosts: 20 }],
  ['at the beginning of a window', { ...NIGHTLY, update_strategy: 'scheduled' }, { hosts: 20 }],
  [
    'after a freeze',
    { freezes: [{ from: '2026-01-05T00:00:00Z', to: '2026-01-05T03:00:00Z', why: 'the fair' }] },
    { hosts: 3 },
  ],
];

describe('a push', () => {
  it.each(CASES)('goes as it was foretold: %s', async (_, fields, options) => {
    const policy = { ...POLICY, ...fields };
    const test = await startCloud({ policies: [policy], ...options });
    const { cloud, push, newest, store, watch } = test;
    const cwd = makeProject({ 'policies/shop-web.yaml': policy });
    const { out } = await run('policy plan policies/shop-web.yaml --image shop/web:v2 --json', {
      cwd,
      cloud,
    });
    const { batches, timeline } = Foretold.parse(JSON.parse(out));

    push('v2');
    await cloud.run({ untilMs: Date.parse(timeline.latest.ends) + 2 * ON_THE_WAY_MS });

    const rollout = await newest();
    const { plan, status, log } = rollout;
    const chunks = await readPlannedHosts(store, rollout);
    const really = plan?.batches.map(({ first_chunk, chunks: size }) =>
      chunks.slice(first_chunk, first_chunk + size).flat(),
    );
    expect(status).toBe('completed');
    expect(really).toEqual(batches.map(({ hosts }) => hosts));

    const begun = log.filter(({ event }) => event === 'image.rollout_batch_started');
    const [earliest, latest] = [begins(timeline.earliest), begins(timeline.latest)];
    expect(begun).toHaveLength(earliest.length);
    for (const [index, { at_ms }] of begun.entries()) {
      expect(at_ms).toBeGreaterThanOrEqual(earliest[index] ?? Number.NaN);
      expect(at_ms).toBeLessThanOrEqual((latest[index] ?? Number.NaN) + ON_THE_WAY_MS);
    }
    expect(await watch.violations()).toEqual([]);
  });
});
