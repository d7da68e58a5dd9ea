/** ECR's login, against a registry that asks for a password, under a name as ECR's are. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { REGISTRY_PASSWORD, Registry } from '#local/docker/registry.ts';
import { writePrograms } from './fake-programs.ts';
import type { Version } from './image-set.ts';
import { seeBirth } from './see-birth.ts';
import { type Host, type Place, type SendOptions, startHost } from './start-host.ts';

const ECR = '111122223333.dkr.ecr.eu-west-1.amazonaws.com';
/** The password as it is, and as Docker's configuration has it. */
const SECRETS = [REGISTRY_PASSWORD, Buffer.from(`AWS:${REGISTRY_PASSWORD}`).toString('base64')];
const AWS = `echo "$*" >>/run/aws-argv; echo ${REGISTRY_PASSWORD}`;
/** As the helper of Amazon: it keeps the token in a file, unless it is told not to. */
const ECR_LOGIN = `cat >/dev/null
mkdir -p /root/.ecr
[ -n "$AWS_ECR_DISABLE_CACHE" ] || echo ${REGISTRY_PASSWORD} >/root/.ecr/cache.json
echo '{"ServerURL":"${ECR}","Username":"AWS","Secret":"${REGISTRY_PASSWORD}"}'`;

let host: Host;
let ecr: Registry;
beforeAll(async () => {
  host = await startHost({ hostNames: [ECR] });
  const { storage } = host.registry;
  ecr = new Registry(host.engine, { storage, port: 80, hostName: ECR, asksPassword: true });
  await ecr.start();
});
afterAll(() => host.stop());

const refOf = (version: Version) => `${ECR}/shop/web@${host.images[version].digest}`;
const update = (place: Place, options: SendOptions = {}, gen = 100) =>
  host.send(host.update(place, 'v2', { ref: refOf('v2'), gen }), options);
/** A container of v1, and no trace of v2. */
async function begin(): Promise<Place> {
  await host.engine.run(['sh', '-c', 'docker ps -aq | xargs -r docker rm -f']);
  const place = await host.run('v1');
  await host.engine.docker('image', 'prune', '-af');
  return place;
}
/** Where a secret lies on the host: all that was written to /etc, /var/lib and /root, and the agent's files. */
async function findSecrets(): Promise<string[]> {
  const places = ['upper', 'tmp', 'commands'].map((name) => path.join(host.engine.folder, name));
  const found = await Promise.all(
    SECRETS.map((secret) => host.engine.start(['grep', '-rlF', secret, ...places]).ended),
  );
  return found.flatMap(({ stdout }) => stdout.split('\n').filter(Boolean));
}

describe('ECR', () => {
  it('is asked with the credential helper, where the host has it', async () => {
    const place = await begin();
    const pathPrefix = writePrograms(host, { 'docker-credential-ecr-login': ECR_LOGIN });

    const { result } = await update(place, { pathPrefix });

    expect(result).toMatchObject({ outcome: 'updated' });
    expect(await findSecrets()).toEqual([]);
  });

  it('is asked with a token of the aws command, for its own region, where it has that', async () => {
    const place = await begin();
    const pathPrefix = writePrograms(host, { aws: AWS });

    const { result } = await update(place, { pathPrefix });

    expect(result).toMatchObject({ outcome: 'updated' });
    expect(await host.engine.run(['cat', '/run/aws-argv'])).toBe(
      'ecr get-login-password --region eu-west-1\n',
    );
    expect(await findSecrets()).toEqual([]);
  });

  it.each([
    ['neither', {}, /neither docker-credential-ecr-login nor the aws command/],
    ['a wrong token', { aws: 'echo wrong' }, /no login, at .* by this host's clock/],
    ['no token', { aws: 'exit 255' }, /no login, at .* by this host's clock/],
    ['a helper that has none', { 'docker-credential-ecr-login': 'exit 1' }, /auth/],
  ])('lets nobody in with %s', async (_, programs, why) => {
    const place = await begin();
    const before = await seeBirth(host, place);

    const { result } = await update(place, { pathPrefix: writePrograms(host, programs) });

    expect(result).toMatchObject({ outcome: 'failed', code: 38, changed: false });
    expect(result.detail).toMatch(why);
    expect(await seeBirth(host, place)).toEqual(before);
    expect(await findSecrets()).toEqual([]);
  });

  it('is not reached, which is no matter of a login', async () => {
    const place = await begin();
    await ecr.stop();

    const { result } = await update(place);
    await ecr.start();

    expect(result).toMatchObject({ outcome: 'failed', code: 36, changed: false });
  });

  it('is asked with a login for the way back too', async () => {
    const place = await host.run('v1');
    const programs = { pathPrefix: writePrograms(host, { aws: AWS }) };
    await host.send(host.update(place, 'v1', { ref: refOf('v1'), gen: 99 }), programs);
    await update(place, programs);
    await host.engine.docker('container', 'prune', '-f');
    await host.engine.docker('image', 'prune', '-af');

    const { result } = await host.send(host.restore(place, 100, { gen: 101 }), programs);

    expect(result).toMatchObject({ outcome: 'restored', new: host.images.v1.digest });
    expect(await findSecrets()).toEqual([]);
  });
});

describe('the token', () => {
  it('stands in no process’s arguments', async () => {
    const place = await begin();
    const file = path.join(host.engine.folder, 'argv');
    writeFileSync(file, '');
    const recorded = `printf '%s\\n' "$*" >>${file}; exec "$REAL" "$@"`;
    const programs = { aws: AWS, docker: recorded, curl: recorded, env: recorded };
    const watch = host.engine.start([
      'sh',
      '-c',
      `while sleep 0.05; do cat /proc/[0-9]*/cmdline; done 2>/dev/null | tr '\\0' '\\n' >>${file}`,
    ]);

    const { result } = await update(place, { pathPrefix: writePrograms(host, programs) });
    watch.kill();
    await watch.ended;

    const seen = readFileSync(file, 'latin1');
    expect(result).toMatchObject({ outcome: 'updated' });
    expect(seen).toContain('--password-stdin');
    for (const secret of SECRETS) expect(seen).not.toContain(secret);
  });

  it('is gone with the next command where one was killed that had it', async () => {
    const place = await begin();
    const marker = path.join(host.engine.folder, 'logged-in');
    const docker = `case $1.$3 in --config.pull) touch ${marker}; sleep 600 ;; esac; exec "$REAL" "$@"`;
    const pathPrefix = writePrograms(host, { aws: AWS, docker });

    const command = host.update(place, 'v2', { ref: refOf('v2') });
    const killed = host.begin(command, { pathPrefix });
    while (!existsSync(marker)) await delay(50);
    killed.kill();
    await killed.ended;
    const left = await findSecrets();
    const next = await update(place, { pathPrefix: writePrograms(host, {}) }, 101);

    expect(left).toHaveLength(1);
    expect(next.result).toMatchObject({ code: 38 });
    expect(await findSecrets()).toEqual([]);
  });
});
