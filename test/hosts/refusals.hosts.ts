/** What the host will not touch: each refusal by its code and its reason, the old container as it was. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HostCommand } from '#core/host-command.ts';
import { pushIndex } from '#local/docker/multi-arch.ts';
import { withoutProgram, writePrograms } from './fake-programs.ts';
import { seeBirth } from './see-birth.ts';
import { type Answer, type Host, type Place, type SendOptions, startHost } from './start-host.ts';

let host: Host;
beforeAll(async () => {
  host = await startHost();
});
afterAll(() => host.stop());

/** The answer, after a look at what it must have left alone. */
async function refuse(
  place: Place,
  change: Partial<HostCommand> = {},
  options: SendOptions = {},
): Promise<Answer> {
  const before = await seeBirth(host, place);
  const answer = await host.send(host.update(place, 'v2', change), options);
  expect(await seeBirth(host, place)).toEqual(before);
  expect(await host.see(place)).toHaveLength(1);
  expect(answer.result).toMatchObject({ changed: false });
  expect(answer.exitCode).toBe(answer.result.code);
  return answer;
}

describe('a container that another makes', () => {
  it.each([
    ['Compose', 'com.docker.compose.project=shop'],
    ['Swarm', 'com.docker.swarm.service.name=shop'],
    ['ECS', 'com.amazonaws.ecs.task-arn=arn'],
    ['Kubernetes', 'io.kubernetes.pod.name=shop'],
  ])('is left to %s', async (_, label) => {
    const place = await host.run('v1', ['--label', label]);

    const { result } = await refuse(place);

    expect(result).toMatchObject({ outcome: 'refused', code: 43 });
    expect(result.detail).toMatch(/^managed_by_compose: /);
  });

  it('is removed when it stops, and cannot be kept', async () => {
    const place = await host.run('v1', ['--rm']);

    const { result } = await refuse(place);

    expect(result).toMatchObject({ outcome: 'refused', code: 35 });
    expect(result.detail).toMatch(/^autoremove: /);
  });
});

describe('a container on which others hang', () => {
  it.each([
    ['by its network', (name: string) => ['--network', `container:${name}`]],
    ['by its processes', (name: string) => ['--pid', `container:${name}`]],
    ['by its shared memory', (name: string) => ['--ipc', `container:${name}`]],
    ['by a link', (name: string) => ['--link', `${name}:shop`]],
  ])('is refused: %s', async (_, flags) => {
    const place = await host.run('v1', ['--ipc', 'shareable']);
    const other = `other-of-${place.container}`;
    await host.engine.docker(
      'run',
      '-d',
      '--name',
      other,
      ...flags(place.container),
      '-e',
      'PORT=9',
      host.ref('v1'),
    );

    const { result } = await refuse(place);

    expect(result).toMatchObject({ outcome: 'refused', code: 48 });
    expect(result.detail).toMatch(/^inspect_incomplete: another container/);
  });

  it('is updated where only its volumes are shared', async () => {
    const place = await host.run('v1', ['-v', '/data']);
    const other = `other-of-${place.container}`;
    const from = ['--volumes-from', place.container];
    await host.engine.docker('run', '-d', '--name', other, ...from, host.ref('v1'));

    const { result } = await host.send(host.update(place, 'v2'));

    expect(result).toMatchObject({ outcome: 'updated' });
  });
});

describe('a host that is not fit', () => {
  let place: Place;
  beforeAll(async () => {
    place = await host.run('v1');
  });
  const version = (body: string) =>
    writePrograms(host, { docker: `case $1 in ${body} esac\nexec "$REAL" "$@"` });

  it.each([
    ['Podman under the name of docker', '--version) echo podman version 4.3.1; exit ;;', /Podman/],
    ['an Engine that is Podman', "version) echo '1.41 Podman Engine,Conmon,'; exit ;;", /Podman/],
    ['an Engine before 20.10', "version) echo '1.40 Engine,'; exit ;;", /older than 20\.10/],
  ])('is one with %s', async (_, body, reason) => {
    const { result } = await refuse(place, {}, { pathPrefix: version(body) });

    expect(result).toMatchObject({ outcome: 'refused', code: 42 });
    expect(result.detail).toMatch(reason);
  });

  it.each(['curl', 'flock', 'cksum'])('is one without %s', async (program) => {
    const { result } = await withoutProgram(host, program, () => refuse(place));

    expect(result).toMatchObject({ outcome: 'refused', code: 42 });
    expect(result.detail).toBe(`unfit_host: ${program} is not installed`);
  });

  it('is one whose Engine does not answer', async () => {
    const dead = writePrograms(host, { docker: 'echo Cannot connect >&2; exit 1' });

    const { result } = await refuse(place, {}, { pathPrefix: dead });

    expect(result).toMatchObject({ outcome: 'failed', code: 30 });
    const probe = await host.send(host.probe(place), { pathPrefix: dead });
    const status = await host.send(host.status(place), { pathPrefix: dead });
    expect(probe.result).toMatchObject({ outcome: 'failed', code: 30 });
    expect(status.result.detail).toMatch(/^docker_down: /);
  });

  it('was not told of anything: the same command is carried out when it is fit', async () => {
    const { result } = await host.send(host.update(place, 'v2'));

    expect(result).toMatchObject({ outcome: 'updated' });
  });
});

describe('an image for another machine', () => {
  it('is refused where an index has no other', async () => {
    const place = await host.run('v1');
    const index = await pushIndex(host.registry, host.images.v2, { arm64Only: true });

    const { result } = await refuse(place, { ref: index.ref });

    expect(result).toMatchObject({ outcome: 'failed', code: 46 });
    expect(result.detail).toMatch(/^wrong_platform: /);
  });

  it('is refused where it stands alone', async () => {
    const place = await host.run('v1');
    const index = await pushIndex(host.registry, host.images.v2, { arm64Only: true });
    const { body } = await host.registry.call({
      method: 'GET',
      target: `/v2/shop/web/manifests/${index.digest}`,
    });
    const alone: string = JSON.parse(body).manifests[0].digest;

    const { result } = await refuse(place, { ref: `${host.registry.name}/shop/web@${alone}` });

    expect(result).toMatchObject({ outcome: 'failed', code: 46 });
    expect(result.detail).toMatch(/arm64|amd64/);
  });
});

describe('what another hand did', () => {
  it('is drift where it runs another image than we left', async () => {
    const place = await host.run('v1');
    await host.send(host.update(place, 'v2'));
    await host.engine.docker('rm', '-f', place.container);
    await host.run('v4', [], place);
    const before = await seeBirth(host, place);

    const { result } = await host.send(host.update(place, 'v1', { gen: 101 }));

    expect(result).toMatchObject({ outcome: 'refused', code: 44, changed: false });
    expect(result.detail).toMatch(/^drift: /);
    expect(await seeBirth(host, place)).toEqual(before);
  });

  it('is no drift where it is the image that we left, in a container of its own', async () => {
    const place = await host.run('v1');
    await host.send(host.update(place, 'v2'));
    await host.engine.docker('rm', '-f', place.container);
    await host.run('v2', [], place);

    const { result } = await host.send(host.update(place, 'v4', { gen: 101 }));

    expect(result).toMatchObject({ outcome: 'updated' });
    expect(await host.serves(place)).toBe('v4');
  });

  it('stopped the container: nobody starts it', async () => {
    const place = await host.run('v1');
    await host.engine.docker('stop', place.container);

    const { result } = await refuse(place);

    expect(result).toMatchObject({ outcome: 'failed', code: 33 });
    expect(result.detail).toMatch(/^not_running: /);
  });

  it('removed the container: it is missing', async () => {
    const place = host.takePlace();

    const { result } = await host.send(host.update(place, 'v2'));

    expect(result).toMatchObject({ outcome: 'failed', code: 33, changed: false });
    expect(result.detail).toMatch(/^missing: /);
    expect(await host.see(place)).toEqual([]);
  });

  it('is not looked for under the beginning of a container’s id', async () => {
    const { Id } = await seeBirth(host, await host.run('v1'));
    const place = { ...host.takePlace(), container: Id.slice(0, 12) };

    const update = await host.send(host.update(place, 'v2', { check: { health: 'none' } }));
    const probe = await host.send(host.probe(place, { check: { health: 'none' } }));

    expect(update.result).toMatchObject({ outcome: 'failed', code: 33, changed: false });
    expect(probe.result).toMatchObject({ outcome: 'failed', code: 33 });
  });
});

describe('a command that comes to the wrong place, or too late', () => {
  it('is refused to another owner, who is told whose the container is', async () => {
    const place = await host.run('v1');
    await host.send(host.update(place, 'v1'));

    const { result } = await refuse(place, { gen: 900, owner: 'Staging/shop-web/shop/web' });

    expect(result).toMatchObject({ outcome: 'refused', code: 14 });
    expect(result.detail).toBe('foreign_owner: Longshore/shop-web/shop/web');
  });

  it('is refused to another owner where only the labels remember the first', async () => {
    const place = await host.run('v1');
    await host.send(host.update(place, 'v2'));
    await host.engine.run(['rm', '-r', `/var/lib/longshore/${place.container}`]);
    const before = await seeBirth(host, place);

    const foreign = { gen: 900, owner: 'Staging/shop-web/shop/web' };
    const { result } = await host.send(host.update(place, 'v1', foreign));
    const older = await host.send(host.update(place, 'v1', { gen: 99 }));

    expect(result).toMatchObject({ outcome: 'refused', code: 14, changed: false });
    expect(older.result).toMatchObject({ outcome: 'refused', code: 12, changed: false });
    expect(await seeBirth(host, place)).toEqual(before);
  });

  it('is refused where it would end after its deadline', async () => {
    const place = await host.run('v1');

    const { result } = await refuse(place, { deadline: Math.floor(Date.now() / 1000) + 60 });

    expect(result).toMatchObject({ outcome: 'refused', code: 13 });
    expect(result.detail).toMatch(/^expired: /);
  });

  it('is refused where what runs fails the same check', async () => {
    const place = await host.run('v3');

    const { result } = await refuse(place, {
      timing: { ...host.update(place, 'v1').timing!, retries: 0 },
    });

    expect(result).toMatchObject({ outcome: 'refused', code: 45 });
    expect(result.detail).toMatch(/^baseline_unhealthy: .*500/);
  });
});
