/** Commands that come twice, late, or at the same time. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseResultLine } from '#core/result-line.ts';
import { holdAt } from './points.ts';
import { type Host, startHost } from './start-host.ts';

const ROOT = '/var/lib/longshore';

let host: Host;
beforeAll(async () => {
  host = await startHost();
});
afterAll(() => host.stop());

describe('a command that comes again', () => {
  it('gets the same line, and nothing starts again', async () => {
    const place = await host.run('v1');
    const command = host.update(place, 'v2');
    const first = await host.send(command);
    const before = await host.see(place);

    const second = await host.send(command);

    expect(second.stdout).toBe(first.stdout);
    expect(second.exitCode).toBe(first.exitCode);
    expect(await host.see(place)).toEqual(before);
  });

  it('gets the code of its failure again', async () => {
    const place = await host.run('v1');
    const timing = { ...host.update(place, 'v3').timing, retries: 1 };
    const command = { ...host.update(place, 'v3'), timing } as ReturnType<Host['update']>;
    const first = await host.send(command);

    const second = await host.send(command);

    expect(second).toEqual(first);
    expect(second.exitCode).toBe(2);
  });
});

describe('a command that comes late', () => {
  it('is stale when the host has seen a newer generation', async () => {
    const place = await host.run('v1');
    await host.send(host.update(place, 'v2'));
    const before = await host.see(place);

    const { result, exitCode } = await host.send(host.update(place, 'v4', { gen: 99 }));

    expect(result).toMatchObject({ outcome: 'refused', code: 12, changed: false });
    expect(exitCode).toBe(12);
    expect(await host.see(place)).toEqual(before);
  });

  it('has expired when its work would end after the deadline', async () => {
    const place = await host.run('v1');
    const deadline = Math.floor(Date.now() / 1000) + 60;

    const { result } = await host.send(host.update(place, 'v2', { deadline, timeout: 120 }));

    expect(result).toMatchObject({ outcome: 'refused', code: 13, changed: false });
    expect(await host.serves(place)).toBe('v1');
  });

  it('is refused when another owner has the container', async () => {
    const place = await host.run('v1');
    await host.send(host.update(place, 'v2'));

    const { result } = await host.send(
      host.update(place, 'v4', { gen: 101, owner: 'Longshore/other/shop/web' }),
    );

    expect(result).toMatchObject({ outcome: 'refused', code: 14, changed: false });
    expect(result.detail).toContain('Longshore/shop-web/shop/web');
    expect(await host.serves(place)).toBe('v2');
  });
});

describe('two commands at once', () => {
  it('on one container: the second is told that it is busy, and moves no fence', async () => {
    const place = await host.run('v1');
    const first = await holdAt(
      host,
      host.update(place, 'v2'),
      { call: 'docker stop#1', isAfter: false },
      { root: ROOT },
    );

    const second = await host.send(host.update(place, 'v4', { gen: 101 }));
    const status = await host.send(host.status(place, { gen: 101 }));
    first.kill();
    await first.ended;

    expect(second.result).toMatchObject({ outcome: 'busy', code: 11, changed: false });
    expect(status.result).toMatchObject({ outcome: 'status', fence_gen: 100 });
  });

  it('on one container: one does it, and no more than one', async () => {
    const place = await host.run('v1');
    const command = host.update(place, 'v2');

    const ran = await Promise.all([host.begin(command).ended, host.begin(command).ended]);
    const results = ran.map(({ stdout }) => parseResultLine(stdout));

    expect(results.map((result) => result?.outcome)).toContain('updated');
    expect(
      results.filter((result) => ['updated', 'busy'].includes(`${result?.outcome}`)),
    ).toHaveLength(2);
    expect(await host.see(place)).toMatchObject([
      { version: 'v2', isRunning: true },
      { version: 'v1', isRunning: false },
    ]);
  });

  it('on two containers: both are done', async () => {
    const one = await host.run('v1');
    const other = await host.run('v1');

    const answers = await Promise.all([
      host.send(host.update(one, 'v2')),
      host.send(host.update(other, 'v4')),
    ]);

    expect(answers.map(({ result }) => result.outcome)).toEqual(['updated', 'updated']);
    expect(await host.serves(one)).toBe('v2');
    expect(await host.serves(other)).toBe('v4');
  });
});
