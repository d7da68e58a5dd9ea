/**
 * The Docker Engine is killed in the middle of an update, at a call of the host script. What the script then
 * sees says nothing about the image, and nothing about the container: it answers that no Engine answers.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writePrograms } from './fake-programs.ts';
import { type Host, startHost } from './start-host.ts';

let host: Host;
beforeAll(async () => {
  host = await startHost();
});
afterAll(() => host.stop());

const KILL = 'kill -KILL "$(cat /run/docker.pid)"; sleep 0.5';

/** In front of the Docker client: the first call that holds these words finds the Engine dead. */
function dyingAt(words: string): Record<string, string> {
  const once = `[ -e "$TMPDIR/died" ] || { : >"$TMPDIR/died"; ${KILL}; }`;
  return { docker: `case " $* " in *" ${words} "*) ${once} ;; esac\nexec "$REAL" "$@"` };
}

/** The health check goes by curl; before the swap what runs is checked in the same way. */
const DYING_AT_CHECK = {
  curl: `if grep -qs verifying /var/lib/longshore/*/journal && [ ! -e "$TMPDIR/died" ]; then
    : >"$TMPDIR/died"; ${KILL}
  fi
  exec "$REAL" "$@"`,
};

async function reviveEngine(): Promise<void> {
  await host.engine.run([
    'sh',
    '-c',
    'rm -f /run/docker.pid "$1/tmp/died"',
    'sh',
    host.engine.folder,
  ]);
  await host.engine.startDaemon();
  await host.registry.start();
}

describe('an Engine that is killed', () => {
  it.each([
    ['when the new container is renamed', dyingAt('rename')],
    ['when the old container is stopped', dyingAt('stop')],
    ['when the new container is started', dyingAt('start')],
    ['while the new container is checked', DYING_AT_CHECK],
  ])('%s leaves a host without an answer, which the next command mends', async (_, programs) => {
    const place = await host.run('v1', ['--restart', 'unless-stopped']);

    const { result } = await host.send(host.update(place, 'v2'), {
      pathPrefix: writePrograms(host, programs),
    });

    expect(result).toMatchObject({ outcome: 'failed', code: 30, healthy: false });
    expect(result.detail).toMatch(/^docker_down: /);
    await reviveEngine();
    const next = await host.send(host.update(place, 'v2', { gen: 101 }));
    expect(next.result.outcome, next.result.detail).toMatch(/^(updated|unchanged)$/);
    expect(await host.serves(place)).toBe('v2');
    const names = (await host.see(place)).map(({ name }) => name);
    expect(names.filter((name) => name.endsWith('longshore-new'))).toEqual([]);
  });

  it('while it pulls leaves the old container alone, with what the Engine made of it', async () => {
    const place = await host.run('v1');
    await host.engine.docker('image', 'prune', '-af');

    const { result } = await host.send(host.update(place, 'v2'), {
      pathPrefix: writePrograms(host, dyingAt('pull')),
    });

    expect(result).toMatchObject({ outcome: 'failed', code: 30, changed: false });
    await reviveEngine();
    // Docker 20.10 stops what ran when it was killed.
    await host.engine.docker('start', place.container);
    expect(await host.serves(place)).toBe('v1');
    const next = await host.send(host.update(place, 'v2', { gen: 101 }));
    expect(next.result).toMatchObject({ outcome: 'updated' });
  });
});
