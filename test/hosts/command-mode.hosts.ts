/** Commands that the host's owner wrote: as a runtime of their own, and as a check. */
import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HostCommand } from '#core/host-command.ts';
import type { Version } from './image-set.ts';
import { type OwnService, runs, takeService, writeConf } from './own-commands.ts';
import { seeBirth } from './see-birth.ts';
import { type Host, type Place, startHost, TIMING } from './start-host.ts';

let host: Host;
beforeAll(async () => {
  host = await startHost();
});
afterAll(() => host.stop());

const digest = (version: Version) => host.images[version].digest;
const OWN = { mode: 'command', check: { health: 'none' } } as const;
const update = ({ place }: OwnService, version: Version, change: Partial<HostCommand> = {}) =>
  host.send(host.update(place, version, { ...OWN, ...change }));
const restore = ({ place }: OwnService, undoes: number, change: Partial<HostCommand> = {}) =>
  host.send(host.restore(place, undoes, { ...OWN, ...change }));
/** A service that runs v1, and what its commands are instead. */
async function begin(lines: (service: OwnService) => Record<string, string> = () => ({})) {
  const service = takeService(host);
  await writeConf(host, service.place, service.lines);
  await update(service, 'v1', { gen: 99 });
  await writeConf(host, service.place, { ...service.lines, ...lines(service) });
  return service;
}

describe('mode=command', () => {
  it('applies, and names what ran before and what runs', async () => {
    const service = await begin();

    const { result, exitCode } = await update(service, 'v2');

    expect(result).toMatchObject({ outcome: 'updated', changed: true, healthy: true });
    expect(result).toMatchObject({ old: digest('v1'), new: digest('v2') });
    expect(exitCode).toBe(0);
    expect(runs(service)).toBe(digest('v2'));
  });

  it('tells the commands what is wanted, by name', async () => {
    const seen: string[] = [];
    const service = await begin(({ file, lines }) => ({
      apply: `env | grep ^LONGSHORE_ | sort >${file}.env; ${lines['apply']}`,
    }));

    await update(service, 'v2');
    seen.push(...(await host.engine.run(['cat', `${service.file}.env`])).trim().split('\n'));

    expect(seen).toEqual([
      `LONGSHORE_CONTAINER=${service.place.container}`,
      `LONGSHORE_DIGEST=${digest('v2')}`,
      `LONGSHORE_PREVIOUS_REF=${host.ref('v1')}`,
      `LONGSHORE_REF=${host.ref('v2')}`,
      'LONGSHORE_ROLLOUT=shop-web-0a1b2c-g100',
    ]);
  });

  it('does nothing where it runs already', async () => {
    const service = await begin(() => ({ apply: 'exit 9' }));

    const { result } = await update(service, 'v1');

    expect(result).toMatchObject({ outcome: 'unchanged', changed: false, new: digest('v1') });
  });

  it.each([
    ['ends with 194', () => 'exit 194', /apply= ended with 194/],
    ['changes nothing', () => 'true', /after apply=, current= prints another digest/],
    ['never ends', () => 'while :; do sleep 1; done', /apply= ended with 137/],
  ])('goes back where apply= %s', async (_, apply, why) => {
    const service = await begin(() => ({ apply: apply() }));

    const { result, exitCode } = await update(service, 'v2', { timeout: 12 });

    expect(result).toMatchObject({ outcome: 'rolled_back', code: 2, new: digest('v1') });
    expect(result.detail).toMatch(why);
    expect(result.sec).toBeLessThanOrEqual(12);
    expect(exitCode).toBe(2);
    expect(runs(service)).toBe(digest('v1'));
  });

  it('goes back where the check fails', async () => {
    const service = await begin(({ file }) => ({ health: `! grep -q ${digest('v2')} ${file}` }));

    const { result } = await update(service, 'v2', {
      check: { health: 'custom' },
      timing: { ...TIMING, retries: 0 },
    });

    expect(result).toMatchObject({ outcome: 'rolled_back', code: 2, healthy: true });
    expect(runs(service)).toBe(digest('v1'));
  });

  it.each([
    ['prints no digest', 'echo web:latest'],
    ['fails', 'exit 168'],
    ['prints two', 'echo sha256:1; echo sha256:2'],
    ['never ends', 'sleep 600; echo x'],
    ['leaves a daemon that holds its output', 'sleep 600 & sleep 600'],
  ])('touches nothing where current= %s', async (_, current) => {
    const service = await begin(() => ({ current }));

    const { result, exitCode } = await update(service, 'v2', { timeout: 8 });

    expect(result).toMatchObject({ outcome: 'failed', code: 50, changed: false });
    expect(exitCode).toBe(50);
    expect(runs(service)).toBe(digest('v1'));
  });

  it('keeps no lock and no output for a daemon that apply= leaves', async () => {
    const service = await begin(({ lines }) => ({ apply: `sleep 600 & ${lines['apply']}` }));
    const began = Date.now();

    const first = await update(service, 'v2');
    const second = await update(service, 'v4', { gen: 101 });

    expect(first.result).toMatchObject({ outcome: 'updated' });
    expect(second.result).toMatchObject({ outcome: 'updated' });
    expect(Date.now() - began).toBeLessThan(60_000);
  });

  it('says what of the way back failed, and finishes it with the next command', async () => {
    const service = await begin(() => ({ apply: 'exit 1', rollback: 'exit 194' }));

    const stuck = await update(service, 'v2');
    await writeConf(host, service.place, service.lines);
    const next = await update(service, 'v4', { gen: 101 });

    expect(stuck.result).toMatchObject({ outcome: 'failed', code: 41 });
    expect(stuck.result.detail).toMatch(/rollback= ended with 194.*apply= ended with 1/);
    expect(next.result).toMatchObject({ outcome: 'updated', old: digest('v1') });
  });

  it('restores what ran before, once', async () => {
    const service = await begin();
    await update(service, 'v2');

    const { result } = await restore(service, 100, { gen: 101 });
    const again = await restore(service, 100, { gen: 102 });

    expect(result).toMatchObject({ outcome: 'restored', changed: true, new: digest('v1') });
    expect(again.result).toMatchObject({ outcome: 'unchanged', changed: false });
    expect(runs(service)).toBe(digest('v1'));
  });

  it('restores nothing where nothing ran before', async () => {
    const service = takeService(host);
    await writeConf(host, service.place, service.lines);

    const first = await update(service, 'v1');
    const back = await restore(service, 100, { gen: 101 });

    expect(first.result).toMatchObject({ outcome: 'updated', old: '', new: digest('v1') });
    expect(back.result).toMatchObject({ outcome: 'restored', new: '' });
    expect(runs(service)).toBe('');
  });

  it('is finished by the same command where it was killed in the middle', async () => {
    const service = await begin(({ lines, file }) => ({
      apply: `${lines['apply']}; [ -e ${file}.once ] || { touch ${file}.once; sleep 600; }`,
    }));
    const killed = host.begin(host.update(service.place, 'v2', OWN));
    while (!existsSync(`${service.file}.once`)) await delay(50);
    killed.kill();
    await killed.ended;

    const { result } = await update(service, 'v2');

    expect(result).toMatchObject({ outcome: 'updated', old: digest('v1'), new: digest('v2') });
    expect(runs(service)).toBe(digest('v2'));
  });

  it('refuses to begin without a way back, and to go back without one', async () => {
    const service = await begin();
    await update(service, 'v2');
    const { rollback, ...rest } = service.lines;
    await writeConf(host, service.place, rest);

    const forward = await update(service, 'v4', { gen: 101 });
    const back = await restore(service, 100, { gen: 102 });

    expect(forward.result).toMatchObject({ outcome: 'refused', code: 51, changed: false });
    expect(back.result).toMatchObject({ outcome: 'refused', code: 51, changed: false });
    expect(runs(service)).toBe(digest('v2'));
  });
});

describe('health=custom', () => {
  const custom = (change: Partial<HostCommand> = {}): Partial<HostCommand> => ({
    check: { health: 'custom' },
    timing: { ...TIMING, retries: 1, htimeout: 2 },
    ...change,
  });
  const ask = ({ port }: Place) => `curl -s http://127.0.0.1:${port}/`;

  it('takes what the command takes', async () => {
    const place = await host.run('v1');
    await writeConf(host, place, { health: `${ask(place)} | grep -q ^v` });

    const { result } = await host.send(host.update(place, 'v2', custom({ timing: TIMING })));

    expect(result).toMatchObject({ outcome: 'updated' });
  });

  it.each([
    ['fails', 'exit 194', /custom check ended with 194/],
    ['never ends', 'sleep 600', /custom check ended with 137/],
    ['leaves a daemon that holds its output', 'sleep 600 & exit 3', /custom check ended with 3/],
  ])('goes back where the command %s', async (_, fails, why) => {
    const place = await host.run('v1');
    await writeConf(host, place, { health: `${ask(place)} | grep -q v1 || { ${fails}; }` });

    const { result, exitCode, stdout } = await host.send(host.update(place, 'v2', custom()));

    expect(result).toMatchObject({ outcome: 'rolled_back', code: 2, healthy: true });
    expect(result.detail).toMatch(why);
    expect([exitCode, stdout.split('\n')]).toMatchObject([2, { length: 2 }]);
    expect(await host.serves(place)).toBe('v1');
  });

  it.each([
    ['is not there', 'rm FILE', /is not there/],
    ['has no such line', 'echo apply=true >FILE', /has no health=/],
    ['may be written by a group', 'chmod g+w FILE', /others than root may write/],
    ['may be written by anyone', 'chmod o+w FILE', /others than root may write/],
    ['belongs to another', 'chown 1000 FILE', /not root's own/],
    ['is a link', 'mv FILE FILE.real; ln -s FILE.real FILE', /not root's own/],
    ['lies where anyone may write', 'chmod o+w /etc/longshore', /others than root may write/],
  ])('is refused where the file %s', async (_, spoil, why) => {
    const place = await host.run('v1');
    const file = await writeConf(host, place, { health: 'true' });
    await host.engine.run(['sh', '-c', spoil.replaceAll('FILE', file)]);
    const before = await seeBirth(host, place);

    const answers = [
      await host.send(host.update(place, 'v2', custom())),
      await host.send(host.probe(place, custom())),
    ];

    for (const { result, exitCode, stdout } of answers) {
      expect(result).toMatchObject({ outcome: 'refused', code: 51, changed: false });
      expect(result.detail.replaceAll('"', "'")).toMatch(why);
      expect(exitCode).toBe(51);
      expect(stdout.split('\n')).toHaveLength(2);
    }
    expect(await seeBirth(host, place)).toEqual(before);
  });
});
