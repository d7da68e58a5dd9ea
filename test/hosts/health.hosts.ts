/** What counts as healthy: each check against containers that do well, badly, or only seem to do well. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HealthTiming, HostCommand, HostHealth } from '#core/host-command.ts';
import { type ImageSpec, pushImage } from '#local/docker/images.ts';
import { writePrograms } from './fake-programs.ts';
import type { Version } from './image-set.ts';
import { seeBirth } from './see-birth.ts';
import { type Host, type Place, startHost, TIMING } from './start-host.ts';

let host: Host;
beforeAll(async () => {
  host = await startHost();
});
afterAll(() => host.stop());

const CHECK = '--interval=1s --timeout=1s --retries=1 CMD ["/workload", "check"]';
const timing = (change: Partial<HealthTiming>) => ({ ...TIMING, ...change });
const http = (place: Place, change: Partial<HostHealth & { health: 'http' }> = {}) =>
  ({
    health: 'http',
    hport: place.port,
    hpath: '/health',
    hcode: 200,
    htls: 0,
    ...change,
  }) as const;
const push = async (spec: ImageSpec) => (await pushImage(host.engine, host.registry, spec)).ref;

interface Row {
  what: string;
  old?: Version;
  flags?: readonly string[];
  to: Version;
  check?: (place: Place) => HostHealth;
  timing?: Partial<HealthTiming>;
  /** Of the detail; undefined where the update is a good one. */
  why?: RegExp;
}

async function expectRow({ old = 'v1', flags = [], to, check = http, why, ...row }: Row) {
  const place = await host.run(old, flags);
  const before = await host.seeOwn(place);

  const change = { check: check(place), timing: timing(row.timing ?? {}) };
  const { result } = await host.send(host.update(place, to, change));

  if (why === undefined) {
    expect(result).toMatchObject({ outcome: 'updated', code: 0, healthy: true });
    expect(await host.seeOwn(place)).toMatchObject({ version: to, isRunning: true });
  } else {
    expect(result).toMatchObject({ outcome: 'rolled_back', code: 2, changed: true, healthy: true });
    expect(result.detail).toMatch(why);
    const { startedAt, ...same } = before;
    expect(await host.see(place)).toMatchObject([same]);
  }
}

describe('http', () => {
  it.each<Row>([
    { what: 'the expected status', to: 'v2' },
    { what: 'the expected status, later', to: 'slowStart', timing: { interval: 1 } },
    { what: 'another', to: 'v3', timing: { retries: 1 }, why: /answered 500, not 200/ },
    {
      what: '200 where 500 is expected',
      old: 'v3',
      to: 'v2',
      check: (place) => http(place, { hcode: 500 }),
      timing: { retries: 1 },
      why: /answered 200, not 500/,
    },
    {
      what: 'a redirect to what is well',
      to: 'redirect',
      timing: { retries: 0 },
      why: /answered 302/,
    },
    {
      what: 'no answer at all',
      to: 'hang',
      timing: { retries: 1, htimeout: 1 },
      why: /answered nothing, not 200/,
    },
    {
      what: 'nothing that listens',
      to: 'silent',
      timing: { retries: 3 },
      why: /answered nothing, not 200/,
    },
    { what: 'a container that ends', to: 'crash', timing: { retries: 3 }, why: /not running/ },
    {
      what: 'a container that ends when it has answered',
      to: 'dies',
      timing: { stable: 2 },
      why: /not running/,
    },
    {
      what: 'one that ends again and again, and answers in between',
      flags: ['--restart', 'always'],
      to: 'dies',
      timing: { stable: 3 },
      // Whichever of it the looks meet.
      why: /not running|started again|answered nothing/,
    },
  ])('sees $what', expectRow);

  it('does not follow a redirect to the metadata of the instance', async () => {
    const place = await host.run('v1');
    const env = { REDIRECT: 'http://169.254.169.254/latest/meta-data/' };
    const ref = await push({ version: 'to-metadata', env });

    const change = { ref, timing: timing({ retries: 0 }) };
    const { result } = await host.send(host.update(place, 'v2', change));

    expect(result).toMatchObject({ outcome: 'rolled_back', detail: 'answered 302, not 200' });
  });

  it('asks no proxy', async () => {
    const place = await host.run('v1');
    const env = { http_proxy: 'http://127.0.0.1:9', ALL_PROXY: 'http://127.0.0.1:9' };

    const { result } = await host.send(host.update(place, 'v2'), { env });

    expect(result).toMatchObject({ outcome: 'updated' });
  });
});

describe('https', () => {
  let tls = '';
  const spec = { env: { LISTEN: 'https' } };
  const run = async (flags: readonly string[] = []) => {
    const place = host.takePlace();
    const one = await push({ version: 'tls-one', ...spec });
    const named = ['--name', place.container, '-p', `127.0.0.1:${place.port}:8080`];
    await host.engine.docker('run', '-d', ...named, ...flags, one);
    return place;
  };
  beforeAll(() => {
    tls = path.join(host.engine.folder, 'tls');
  });

  it('takes any certificate where it need not be verified', async () => {
    const place = await run();
    const ref = await push({ version: 'tls-two', ...spec });

    const check = http(place, { htls: 2 });
    const { result } = await host.send(host.update(place, 'v2', { ref, check }));

    expect(result).toMatchObject({ outcome: 'updated' });
  });

  it('takes a certificate that the host trusts, and no other', async () => {
    const place = await run(['-v', `${tls}:/tls`]);
    const ref = await push({ version: 'tls-two', ...spec });
    const change = { check: http(place, { htls: 1 }), timing: timing({ retries: 5 }) };

    const refused = await host.send(host.update(place, 'v2', { ref, ...change }));
    const env = { CURL_CA_BUNDLE: path.join(tls, 'cert.pem') };
    const taken = await host.send(host.update(place, 'v2', { ref, gen: 101, ...change }), { env });

    expect(refused.result).toMatchObject({ outcome: 'refused', code: 45 });
    expect(taken.result).toMatchObject({ outcome: 'updated' });
  });
});

describe('tcp', () => {
  const published = (place: Place): HostHealth => ({ health: 'tcp', hport: place.port });
  const inner = (): HostHealth => ({ health: 'tcp', hport: 8080 });

  it.each<Row>([
    { what: 'a process that listens', to: 'tcp', check: published },
    {
      what: 'that docker-proxy listens, and the process does not',
      to: 'silent',
      check: published,
      timing: { retries: 2 },
      why: /nothing of the container listens on port/,
    },
    { what: 'an unpublished port, in the container', to: 'tcp', check: inner },
    {
      what: 'nothing on an unpublished port',
      to: 'silent',
      check: inner,
      timing: { retries: 2 },
      why: /listens on port 8080/,
    },
    { what: 'a port of the host’s network', flags: ['--network', 'host'], to: 'tcp', check: inner },
    {
      what: 'nothing on a port of the host’s network',
      flags: ['--network', 'host'],
      to: 'silent',
      check: inner,
      timing: { retries: 2 },
      why: /listens on port 8080/,
    },
  ])('sees $what', async (row) => {
    await expectRow(row);
    // The next one on the host's network needs its port.
    if (row.flags) await host.engine.docker('rm', '-f', (await ownNames('web')).join(' '));
  });
  async function ownNames(prefix: string): Promise<string[]> {
    const filter = ['--filter', 'network=host', '--filter', `name=${prefix}`];
    return (await host.engine.docker('ps', '-q', ...filter)).split('\n');
  }
});

describe('container_running', () => {
  const check = (): HostHealth => ({ health: 'container_running' });
  const always = ['--restart', 'always'];

  it.each<Row>([
    { what: 'one that runs', to: 'silent', check, timing: { stable: 1 } },
    { what: 'one that has ended', to: 'crash', check, timing: { retries: 1 }, why: /not running/ },
    {
      what: 'one that begins again and again',
      flags: always,
      to: 'crash',
      check,
      timing: { retries: 1, interval: 1, stable: 2 },
      // Whichever of it the looks meet.
      why: /not running|started again|answered nothing/,
    },
    {
      what: 'one that begins again between two looks, each of which finds it running',
      flags: always,
      to: 'dies',
      check,
      timing: { success: 2, interval: 1 },
      why: /started again/,
    },
    {
      what: 'one that begins again in the time in which it has to be stable',
      flags: always,
      to: 'dies',
      check,
      timing: { success: 1, stable: 3 },
      // Whichever of it the looks meet.
      why: /not running|started again|answered nothing/,
    },
  ])('sees $what', expectRow);
});

describe('docker_health', () => {
  const check = (): HostHealth => ({ health: 'docker_health' });

  it('waits while it is starting, and takes healthy', async () => {
    const place = await host.run('checked');
    const ref = await push({ version: 'checked-two', healthcheck: CHECK });

    const change = { ref, check: check(), timing: timing({ retries: 0 }) };
    const { result } = await host.send(host.update(place, 'v2', change));

    expect(result).toMatchObject({ outcome: 'updated' });
  });

  it.each<Row>([
    {
      what: 'unhealthy, and asks no further',
      old: 'checked',
      to: 'checkFails',
      check,
      timing: { retries: 100, interval: 60 },
      why: /its HEALTHCHECK says unhealthy/,
    },
    {
      what: 'that the image has none',
      old: 'checked',
      to: 'v2',
      check,
      timing: { retries: 100, interval: 60 },
      why: /the image has no HEALTHCHECK/,
    },
  ])('sees $what', expectRow);

  it('refuses to begin where what runs has none', async () => {
    const place = await host.run('v1');

    const { result } = await host.send(host.update(place, 'checked', { check: check() }));

    expect(result).toMatchObject({ outcome: 'refused', code: 45, changed: false });
  });

  it('does not wait longer than the command may take', async () => {
    const place = await host.run('checked');

    const change = { check: check(), timeout: 20 };
    const { result } = await host.send(host.update(place, 'checkHangs', change));

    expect(result).toMatchObject({ outcome: 'rolled_back', code: 2 });
    expect(result.detail).toMatch(/not healthy in time: .*still starting/);
    expect(result.sec).toBeLessThanOrEqual(20);
  });
});

describe('how often, and how long', () => {
  /** The looks at the place's port that curl was asked for. */
  async function countLooks(place: Place, to: Version, change: Partial<HostCommand>) {
    const file = path.join(host.engine.folder, `looks-${place.container}`);
    writeFileSync(file, '');
    const pathPrefix = writePrograms(host, {
      curl: `echo "$*" >>${file}\nexec "$REAL" "$@"`,
    });
    const { result } = await host.send(host.update(place, to, change), { pathPrefix });
    const looks = readFileSync(file, 'utf8')
      .split('\n')
      .filter((row) => row.endsWith('/health'));
    return { result, looks: looks.length };
  }

  it('asks the old one once, and the new one `success` times and once when it is stable', async () => {
    const place = await host.run('v1');

    // An interval, for the first looks may come before it listens.
    const change = { timing: timing({ success: 3, stable: 1, retries: 0, grace: 1 }) };
    const { result, looks } = await countLooks(place, 'v2', change);

    expect(result).toMatchObject({ outcome: 'updated' });
    expect(looks).toBe(1 + 3 + 1);
  });

  it('takes `retries` misses and not one more', async () => {
    const place = await host.run('v1');

    const { result, looks } = await countLooks(place, 'v3', {
      timing: timing({ retries: 2, grace: 1 }),
    });

    expect(result).toMatchObject({ outcome: 'rolled_back' });
    expect(looks).toBe(1 + 3 + 1);
  });

  it.each([
    ['one look would', { htimeout: 600, retries: 100 }],
    ['there is no bound for a look', { htimeout: 0, retries: 100 }],
  ])('is over in time, with the old one back, where %s take longer', async (_, change) => {
    const place = await host.run('v1');
    const before = await seeBirth(host, place);

    const command = host.update(place, 'hang', { timeout: 20, timing: timing(change) });
    const { result } = await host.send(command);

    expect(result).toMatchObject({ outcome: 'rolled_back', code: 2, healthy: true });
    expect(result.sec).toBeLessThanOrEqual(20);
    expect(await seeBirth(host, place)).toMatchObject({ Id: before.Id, State: { Running: true } });
  });

  it('does not leave a container down that takes longer to stop than there is time', async () => {
    const place = await host.run('v1', ['-e', 'STOP_DELAY_MS=60000', '--stop-timeout', '120']);

    const { result } = await host.send(host.update(place, 'v2', { timeout: 20 }));

    // A busy machine may have no time left for the new one: then the old one is back, for good.
    expect(result.sec).toBeLessThanOrEqual(20);
    expect(result.outcome).toMatch(/^(updated|rolled_back)$/);
    await delay(6000);
    expect(await host.serves(place)).toBe(result.outcome === 'updated' ? 'v2' : 'v1');
  });
});
