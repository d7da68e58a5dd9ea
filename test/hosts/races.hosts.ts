/** Commands that come twice, at once, or late; and a stranger who takes the port. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseResultLine } from '#core/result-line.ts';
import { writePrograms } from './fake-programs.ts';
import { seeBirth } from './see-birth.ts';
import { type Host, startHost, TIMING } from './start-host.ts';

let host: Host;
beforeAll(async () => {
  host = await startHost();
});
afterAll(() => host.stop());

describe('the same command twice', () => {
  it('is answered with the same line, and nothing starts again', async () => {
    const place = await host.run('v1');
    const command = host.update(place, 'v2');

    const first = await host.send(command);
    const born = await seeBirth(host, place);
    const second = await host.send(command);

    expect(second.stdout).toBe(first.stdout);
    expect(second.exitCode).toBe(first.exitCode);
    expect(await seeBirth(host, place)).toEqual(born);
  });

  it('is answered with the same line where it was rolled back', async () => {
    const place = await host.run('v1');
    const command = host.update(place, 'v3', { timing: { ...TIMING, retries: 1 } });

    const first = await host.send(command);
    const born = await seeBirth(host, place);
    const second = await host.send(command);

    expect(first.result).toMatchObject({ outcome: 'rolled_back' });
    expect([second.stdout, second.exitCode]).toEqual([first.stdout, 2]);
    expect(await seeBirth(host, place)).toEqual(born);
  });
});

describe('an older command that comes late', () => {
  it('is refused, and changes nothing', async () => {
    const place = await host.run('v1');
    await host.send(host.update(place, 'v2', { gen: 101 }));
    const born = await seeBirth(host, place);

    const update = await host.send(host.update(place, 'v4', { gen: 100, step: 9 }));
    const restore = await host.send(host.restore(place, 101, { gen: 101, step: 0 }));

    expect(update.result).toMatchObject({ outcome: 'refused', code: 12, changed: false });
    expect(restore.result).toMatchObject({ outcome: 'refused', code: 12, changed: false });
    expect(await seeBirth(host, place)).toEqual(born);
  });
});

describe('two commands at once', () => {
  it('are one that works and one that is busy, which leaves the fence alone', async () => {
    const place = await host.run('v1');
    const slow = writePrograms(host, {
      docker: '[ "$1" != pull ] || sleep 8; exec "$REAL" "$@"',
    });
    await host.engine.docker('rmi', '-f', host.ref('v2')).catch(() => '');

    const first = host.begin(host.update(place, 'v2'), { pathPrefix: slow });
    await untilSeen(`test -e /var/lib/longshore/${place.container}/fence`);
    const second = await host.send(host.update(place, 'v4', { gen: 101 }));
    const { stdout } = await first.ended;
    const status = await host.send(host.status(place));

    expect(second.result).toMatchObject({ outcome: 'busy', code: 11, changed: false });
    expect(parseResultLine(stdout)).toMatchObject({ outcome: 'updated' });
    expect(status.result).toMatchObject({ fence_gen: 100, last_outcome: 'updated' });
  });

  it('are never both refused for the files of each other', async () => {
    const place = await host.run('v1');
    await host.send(host.update(place, 'v1', { gen: 99 }));

    const sent = Array.from({ length: 6 }, () => host.begin(host.update(place, 'v1')));
    const codes = await Promise.all(
      sent.map(async ({ ended }) => parseResultLine((await ended).stdout)?.code),
    );

    expect(codes.filter((code) => code !== 0 && code !== 11)).toEqual([]);
    expect(codes).toContain(0);
  });

  it('are answered both where they are of two containers', async () => {
    const places = [await host.run('v1'), await host.run('v1')];

    const answers = await Promise.all(places.map((place) => host.send(host.update(place, 'v2'))));

    for (const { result } of answers) expect(result).toMatchObject({ outcome: 'updated' });
  });
});

describe('a port that a stranger takes while the way back runs', () => {
  it('is told as it is, and the same command converges once it is free', async () => {
    const place = await host.run('v1', ['--restart', 'always']);
    const { Id } = await seeBirth(host, place);
    // Between the end of the new one and the start of the old one.
    const stranger = `run -d --name stranger-${place.port} -p 127.0.0.1:${place.port}:8080`;
    const pathPrefix = writePrograms(host, {
      docker: `[ "$1" != update ] || [ "$2" != --restart=always ] || "$REAL" ${stranger} ${host.ref('v1')} >/dev/null; exec "$REAL" "$@"`,
    });
    const command = host.update(place, 'v3', { timing: { ...TIMING, retries: 1 } });

    const stuck = await host.send(command, { pathPrefix });
    const status = await host.send(host.status(place));
    const still = await host.send(host.update(place, 'v2', { gen: 101 }));
    await host.engine.docker('rm', '-f', `stranger-${place.port}`);
    const freed = await host.send(host.update(place, 'v2', { gen: 101 }));

    expect(stuck.result).toMatchObject({ outcome: 'failed', code: 41, changed: true });
    expect(stuck.result.detail).toMatch(/^rollback_failed: .*port is already allocated/);
    expect(status.result).toMatchObject({ phase: 'undoing', healthy: false });
    expect(still.result).toMatchObject({ outcome: 'failed', code: 41 });
    expect(freed.result).toMatchObject({ outcome: 'updated', old: host.images.v1.digest });
    expect(await host.see(place)).toMatchObject([
      { version: 'v2', isRunning: true, restart: 'always' },
      { id: Id, version: 'v1', isRunning: false, restart: 'no' },
    ]);
  });
});

describe('a stop that the Engine goes on with after the command was killed', () => {
  it('does not take down what the next command has brought back', async () => {
    const place = await host.run('v1', ['-e', 'STOP_DELAY_MS=8000', '--stop-timeout', '30']);
    const { Id } = await seeBirth(host, place);

    const killed = host.begin(host.update(place, 'v2'));
    await untilSeen(`grep -q ^phase=swapping /var/lib/longshore/${place.container}/journal`);
    await delay(2000);
    killed.kill();
    await killed.ended;
    const { result } = await host.send(host.restore(place, 100, { gen: 101 }));
    await delay(8000);

    expect(result).toMatchObject({ outcome: 'unchanged', healthy: true });
    expect(await host.serves(place)).toBe('v1');
    expect(await host.see(place)).toMatchObject([{ id: Id, isRunning: true }]);
  });
});

async function untilSeen(test: string): Promise<void> {
  const line = `i=0; until ${test} || [ $i -ge 600 ]; do sleep 0.1; i=$((i + 1)); done`;
  await host.engine.run(['sh', '-c', line]);
}
