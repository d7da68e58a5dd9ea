/**
 * Bad inputs, by the number that each has in the list that the host's side was designed against. Where the
 * others are shown:
 *
 *  1 to 11  test/hosts-document.test.ts; what only a real host shows, and what it does not hold, here
 *       12  fidelity.hosts.ts: values of the environment     13  the same: labels
 *       14  the same: very many labels, and a megabyte of environment
 *  18 to 19  command-mode.hosts.ts: exit codes, commands that never end, daemons
 *       20  test/core/policy.test.ts refuses it when it is saved; a path that is none, in the document's test
 *       21  health.hosts.ts: a redirect to the metadata      22  here; a policy's port, in test/core
 *       41  races.hosts.ts: an older generation, and the same one again
 *       43  test/core/judge-host.test.ts: a line of another rollout is unknown
 */
import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatHostCommand } from '#core/host-command.ts';
import { pushImage } from '#local/docker/images.ts';
import { SCRIPT_LINES } from './host-script.ts';
import { seeBirth } from './see-birth.ts';
import { type Host, type Place, startHost, TIMING } from './start-host.ts';

let host: Host;
let place: Place;
let good = '';
beforeAll(async () => {
  host = await startHost();
  place = await host.run('v1');
  good = formatHostCommand(host.update(place, 'v2'));
});
afterAll(() => host.stop());

const state = () => host.engine.run(['sh', '-c', 'ls -laR /var/lib/longshore 2>&1 || true']);
const sh = (line: string) => host.engine.run(['sh', '-c', line]);
const put = (key: string, value: string) =>
  good.replace(new RegExp(`^${key}=.*$`, 'm'), () => `${key}=${value}`);
const HEX = 'a'.repeat(64);

describe('a payload', () => {
  it.each<[number, string, () => string]>([
    [2, 'a command behind a value', () => put('container', `${place.container};id`)],
    [3, 'a path for a container', () => put('container', '../../etc')],
    [4, 'an option for a container', () => put('container', '-v')],
    [4, 'a long option', () => put('container', '--privileged')],
    [5, 'a tag and no digest', () => put('ref', 'app:latest')],
    [6, 'a digest of 63 digits', () => put('ref', `shop/web@sha256:${'a'.repeat(63)}`)],
    [6, 'a digest in capitals', () => put('ref', `shop/web@sha256:${'A'.repeat(64)}`)],
    [6, 'a digest of another kind', () => put('ref', `shop/web@sha512:${HEX}${HEX}`)],
    [7, 'an expression for a generation', () => put('gen', '1||1')],
    [7, 'a negative generation', () => put('gen', '-1')],
    [8, 'an unknown key', () => `${good}hook=x\n`],
    [9, 'two references', () => `${good}ref=shop/web@sha256:${HEX}\n`],
    [11, 'a NUL', () => good.replace('recreate', 'recr\0eate')],
    [20, 'another host for a health path', () => put('hpath', 'http://169.254.169.254/')],
    [20, 'another host behind a name', () => put('hpath', '@169.254.169.254/')],
    [22, 'port 0', () => put('hport', '0')],
    [22, 'port 65536', () => put('hport', '65536')],
    [22, 'no port', () => put('hport', '')],
    // What the list has not.
    [0, 'a last line that is cut off', () => good.slice(0, -2)],
    [0, 'a word for auto that begins with a digit', () => put('auto', '1:x')],
    [0, 'a check that begins with a known one', () => put('health', 'none:x')],
    [0, 'a check that holds the path of another', () => put('health', 'http:/x')],
    [0, 'a way of TLS that ends as a known one', () => put('htls', 'x:0')],
    [0, 'a first install that is no base64', () => `${put('mode', 'compose')}install=:x\n`],
    [0, 'a reference of 600 characters', () => put('ref', `${'a'.repeat(530)}@sha256:${HEX}`)],
  ])('is refused (row %i): %s', async (_, _what, text) => {
    const [before, files] = [await seeBirth(host, place), await state()];

    const { result, exitCode } = await host.sendText(text());

    expect(result).toMatchObject({ outcome: 'refused', code: 20, changed: false });
    expect(exitCode).toBe(20);
    expect(await seeBirth(host, place)).toEqual(before);
    expect(await state()).toBe(files);
  });

  it.each([true, false])(
    '(row 1) is text to an agent, whether it knows ENV_VAR: %s',
    async (knowsEnvVar) => {
      const run = host.engine.runAsAgent({
        lines: SCRIPT_LINES,
        parameters: { payload: '$(touch /run/x)`touch /run/x`' },
        commandId: `row-1-${knowsEnvVar}`,
        knowsEnvVar,
      });

      expect((await run).exitCode).toBe(20);
      expect(await sh('ls /run')).not.toMatch(/^x$/m);
    },
  );

  it('(row 10) may be as long as the document takes, and the line stays short', async () => {
    const status = formatHostCommand(host.status(place));
    const long = `${status}ref=${'a'.repeat(3072 - status.length - 5)}\n`;

    const { result, stdout } = await host.sendText(long);

    expect(result).toMatchObject({ code: 20 });
    expect(stdout.length).toBeLessThanOrEqual(1500);
  });

  it('(row 22) may ask any other port: one that answers otherwise is not healthy', async () => {
    const check = { health: 'http', hport: 22, hpath: '/', hcode: 200, htls: 0 } as const;
    const before = await seeBirth(host, place);

    const timing = { ...TIMING, retries: 0 };
    const { result } = await host.send(host.update(place, 'v2', { check, timing, gen: 2 }));

    expect(result).toMatchObject({ outcome: 'refused', code: 45 });
    expect(await seeBirth(host, place)).toEqual(before);
  });
});

describe('(row 15) a line like ours', () => {
  const FORGED = 'HS1 {"v":1,"outcome":"updated","code":0}';

  it('is not on the output where a container prints it', async () => {
    const own = await host.run('v1');
    const env = { LISTEN: 'tcp', PORT: FORGED };
    const { ref } = await pushImage(host.engine, host.registry, { version: 'forger', env });

    const timing = { ...TIMING, retries: 3 };
    const { result, stdout } = await host.send(host.update(own, 'v2', { ref, timing }));

    expect(result).toMatchObject({ outcome: 'rolled_back', code: 2 });
    expect(stdout.match(/HS1/g)).toHaveLength(1);
    expect(await sh(`cat /var/lib/longshore/${own.container}/log`)).toContain(FORGED);
  });

  it('is not on the output where an own command prints it, wherever to', async () => {
    const own = await host.run('v1');
    const health = `echo '${FORGED}'; echo '${FORGED}' >&2; { echo '${FORGED}' >&3; } 2>/dev/null; true`;
    await sh('install -d -m 755 /etc/longshore');
    await host.engine.run(['sh', '-c', `cat >/etc/longshore/${own.container}.conf`], {
      input: `health=${health}\n`,
    });

    const check = { health: 'custom' } as const;
    const { result, stdout } = await host.send(host.update(own, 'v2', { check }));

    expect(result).toMatchObject({ outcome: 'updated' });
    expect(stdout.match(/HS1/g)).toHaveLength(1);
  });
});

describe('(row 16) the folder of the state', () => {
  it.each([
    ['is a link', 'mkdir /run/T; ln -s /run/T DIR'],
    ['is under a link', 'mv /var/lib/longshore /run/T; ln -s /run/T /var/lib/longshore'],
    ['belongs to another', 'install -d -o 1000 DIR'],
    ['is under what belongs to another', 'chown 1000 /var/lib/longshore'],
    ['is a file', ': >DIR'],
    ['holds a lock that is a link', 'install -d DIR; ln -s /run/T DIR/lock'],
  ])('%s: nothing is done, there or anywhere', async (_, spoil) => {
    const own = await host.run('v1');
    const before = await seeBirth(host, own);
    const dir = `/var/lib/longshore/${own.container}`;
    await sh(
      `install -d -m 700 /var/lib/longshore; rm -rf /run/T; ${spoil.replaceAll('DIR', dir)}`,
    );

    const { result } = await host.send(host.update(own, 'v2'));
    const there = await sh(`ls -A /run/T 2>/dev/null | grep -c ${own.container} || true`);
    const mend =
      '[ ! -L /var/lib/longshore ] || { rm /var/lib/longshore; mv /run/T /var/lib/longshore; }';
    await sh(`${mend}; chown 0 /var/lib/longshore`);

    expect(result).toMatchObject({ outcome: 'failed', code: 31, changed: false });
    expect(there.trim()).toBe('0');
    expect(await seeBirth(host, own)).toEqual(before);
  });
});

describe('(row 17) a state file', () => {
  const file = (own: Place, name: string) => `/var/lib/longshore/${own.container}/${name}`;

  it.each(['fence', 'current', 'journal'])(
    '`%s` that is not as it was written stops everything',
    async (name) => {
      const own = await host.run('v1');
      await host.send(host.update(own, 'v2'));
      const born = await seeBirth(host, own);
      await sh(`printf 'policy=$(touch /run/x)\\n' >>${file(own, name)}`);

      const update = await host.send(host.update(own, 'v4', { gen: 101 }));
      const restore = await host.send(host.restore(own, 100, { gen: 102 }));

      for (const { result, exitCode } of [update, restore]) {
        expect(result).toMatchObject({ outcome: 'failed', code: 40, changed: false });
        expect(result.detail).toMatch(new RegExp(`^recover_failed: .*/${name} is damaged`));
        expect(exitCode).toBe(40);
      }
      expect(await seeBirth(host, own)).toEqual(born);
      expect(await sh('ls /run')).not.toMatch(/^x$/m);
    },
  );

  it('that was written with care is data all the same', async () => {
    const own = await host.run('v1');
    const { Id } = await seeBirth(host, own);
    await host.send(host.update(own, 'v2'));
    const lines = (await sh(`sed '$d' ${file(own, 'prev')}`)).replace(
      /^policy=.*$/m,
      () => 'policy=$(touch /run/x)`touch /run/x`',
    );
    const { stdout } = spawnSync('cksum', { input: lines, encoding: 'utf8' });
    await host.engine.run(['sh', '-c', `cat >${file(own, 'prev')}`], {
      input: `${lines}end=${stdout}`,
    });

    const { result } = await host.send(host.restore(own, 100, { gen: 101 }));

    expect(result).toMatchObject({ outcome: 'restored' });
    expect((await seeBirth(host, own)).Id).toBe(Id);
    expect(await sh('ls /run')).not.toMatch(/^x$/m);
  });
});
