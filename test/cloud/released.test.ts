/**
 * Executions keep the definition they began with, for as long as a rollout takes; their lambdas are always
 * today's. So the machines of every release walk here with the lambdas of today: what they are told they
 * know, and what they give is enough.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { readPlannedHosts } from '#aws/chunk-store.ts';
import { readChunkGate } from '#aws/read-gate.ts';
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

describe('a plan that 0.1.0 stored, under the key of its rollout,', () => {
  /** A host a chunk: two items. */
  const policy = { ...POLICY, staged_batches: ['1 host', 1], max_unavailable: 1 };

  it.each([
    { what: 'brings a push to its hosts', isBad: false, isCancelled: false, ends: 'completed' },
    { what: 'takes a push back', isBad: true, isCancelled: false, ends: 'rolled_back' },
    { what: 'ends for who had not begun', isBad: false, isCancelled: true, ends: 'cancelled' },
  ])('$what, as one does that is stored today', async ({ isBad, isCancelled, ends }) => {
    const play = async (test: TestCloud) => {
      const v2 = test.push('v2', isBad);
      if (isCancelled) {
        await test.cloud.run({ until: () => (test.running()[v2] ?? 0) === 3 });
        await operate(test).tell('cancel');
      }
      await test.cloud.settle();
      const rollout = await test.newest();
      const { status, totals } = rollout;
      const hosts = (await test.hostRecords(rollout)).map((host) => [host.host, host.status]);
      const planned = await readPlannedHosts(test.store, rollout);
      return { status, totals, hosts, planned, running: test.running() };
    };
    const before = await startCloud({ hosts: 12, policies: [policy] });
    storeAsBefore(before);
    const today = await startCloud({ hosts: 12, policies: [policy] });

    const played = await play(before);

    expect(played.status).toBe(ends);
    expect(played).toEqual(await play(today));
    expect(partitionsOf(before)).not.toContainEqual(expect.stringContaining('#'));
    expect(partitionsOf(today)).toContainEqual(expect.stringMatching(/#plan#00001$/));
    expect(await before.watch.violations()).toEqual([]);
  });

  it('is not read where it was cut off, and the rollout was planned anew today', async () => {
    const test = await startCloud({ policies: [{ ...POLICY, update_strategy: 'manual' }] });
    const v2 = await test.roll('v2');
    const planned = await test.newest();
    const { rollout } = planned;
    const chunks = { L: ['i-0', 'i-1', 'i-2'].map((host) => ({ L: [{ S: host }] })) };
    const half = { item: { S: 'plan#00000' }, first_chunk: { N: '0' }, chunks };
    const Item = { rollout: { S: rollout }, ...half };
    await test.cloud.dynamo.apply('PutItem', { TableName: test.store.rollouts, Item });
    const at = { ...planned, rolloutId: rollout, batch: 0, chunk: 0 };
    const [first] = await readPlannedHosts(test.store, planned);

    const { chunk } = await readChunkGate(test.store, at, { makesChunk: false, sends: false });
    await operate(test).tell('approve');
    await test.cloud.settle();

    expect(chunk?.hosts.map(({ host }) => host)).toEqual(first);
    expect((await test.newest()).status).toBe('completed');
    expect(test.running()).toEqual({ [v2]: 20 });
    expect(await test.watch.violations()).toEqual([]);
  });
});

function storeAsBefore({ cloud: { dynamo } }: TestCloud): void {
  const apply = dynamo.apply.bind(dynamo);
  dynamo.apply = (operation, input) => {
    if (operation !== 'BatchWriteItem') return apply(operation, input);
    return apply(operation, JSON.parse(JSON.stringify(input).replaceAll(/#plan#\d+/g, '')));
  };
}

function partitionsOf({ cloud, store }: TestCloud): string[] {
  const Row = z.object({ rollout: z.string() });
  return (cloud.dynamo.dump()[store.rollouts] ?? []).map((row) => Row.parse(row).rollout);
}
