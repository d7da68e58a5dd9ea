/**
 * Executions keep the definition they began with, for as long as a rollout takes; their lambdas are always
 * today's. So the machines of every release walk here with the lambdas of today: what they are told they
 * know, and what they give is enough.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readSender } from '#aws/sender-store.ts';
import { composeRolloutDefinition } from '#lib/machines.ts';
import { edgesOf, Machine } from '#test/statemachines/edges.ts';
import { MACHINES, type MachineName, readMachine } from '#test/statemachines/story.ts';
import { operate, updates } from './operator.ts';
import { POLICY, startCloud, type TestCloud } from './start-cloud.ts';

const FOLDER = path.join(import.meta.dirname, '../fixtures/released');
const RELEASES = readdirSync(FOLDER);

const SMALL = { ...POLICY, staged_batches: ['1 host', 1], soak_seconds: 60 };

function readReleased(release: string, machine: MachineName): string {
  return readFileSync(path.join(FOLDER, release, `${machine}.asl.json`), 'utf8');
}

function start(release: string, policy: Record<string, unknown> = {}): Promise<TestCloud> {
  const definitions = {
    rollout: composeRolloutDefinition(path.join(FOLDER, release)).definition,
    control: readReleased(release, 'control'),
  };
  return startCloud({ hosts: 3, policies: [{ ...SMALL, ...policy }], definitions });
}

/** What may be said to each state that chooses: `How did the batch go?` → `advance`, `again`, … */
function wordsOf(text: string): string[] {
  const edges = edgesOf(Machine.parse(JSON.parse(text)));
  return [...edges].flatMap((edge) => /^.* --\w+(?=→)/.exec(edge)?.[0] ?? []);
}

describe.each(RELEASES)('the machines of %s, with the lambdas of today,', (release) => {
  it.each(MACHINES)('know every word that is said to %s', (machine) => {
    const known = wordsOf(readReleased(release, machine));

    const unknown = wordsOf(readMachine(machine)).filter((word) => !known.includes(word));

    expect(unknown).toEqual([]);
  });

  it('bring a good push to every host', async () => {
    const test = await start(release);

    const v2 = await test.roll('v2');

    expect((await test.newest()).status).toBe('completed');
    expect(test.running()).toEqual({ [v2]: 3 });
    expect(updates(test)).toEqual([1, 1, 1]);
    expect(await test.watch.violations()).toEqual([]);
  });

  it('wait as they did where SSM refuses a command, and slow the others', async () => {
    const test = await start(release);
    test.cloud.ssm.limit('SendCommand', { perSecond: 0.005, burst: 1 });

    const v2 = await test.roll('v2');

    expect((await test.newest()).status).toBe('completed');
    expect(test.running()).toEqual({ [v2]: 3 });
    expect((await readSender(test.store))?.refused).toBeGreaterThan(0);
    expect(await test.watch.violations()).toEqual([]);
  });

  it.each([
    { fails: 'at once', image: { unhealthyShare: 1 } },
    { fails: 'its second look', image: { diesAfterMs: 75_000 } },
  ])('take a push back that fails $fails', async ({ image }) => {
    const test = await start(release);
    test.cloud.fleet.images.set(test.push('v2'), image);

    await test.cloud.settle();

    expect((await test.newest()).status).toBe('rolled_back');
    expect(test.running()).toEqual({ [test.v1]: 3 });
    expect(await test.watch.violations()).toEqual([]);
  });

  it('wait for an approval', async () => {
    const test = await start(release, { update_strategy: 'manual' });
    const v2 = await test.roll('v2');
    const before = await test.newest();

    await operate(test).tell('approve');
    await test.cloud.settle();

    expect(before.status).toBe('awaiting_approval');
    expect((await test.newest()).status).toBe('completed');
    expect(test.running()).toEqual({ [v2]: 3 });
    expect(await test.watch.violations()).toEqual([]);
  });

  it.each([
    { action: 'resume', ends: 'completed_with_failures', isMended: true },
    { action: 'retry-failed', ends: 'completed', isMended: true },
    { action: 'rollback', ends: 'rolled_back', isMended: false },
    { action: 'cancel', ends: 'cancelled', isMended: false },
  ])('hold, and $action', async ({ action, ends, isMended }) => {
    const test = await start(release, { on_threshold: 'hold', soak_seconds: 0 });
    const v2 = await test.roll('v2', true);
    const held = await test.newest();
    if (isMended) test.cloud.fleet.images.set(v2, {});

    await operate(test).tell(action);
    await test.cloud.settle();

    expect(held.status).toBe('held');
    expect((await test.newest()).status).toBe(ends);
    expect(await test.watch.violations()).toEqual([]);
  });
});
