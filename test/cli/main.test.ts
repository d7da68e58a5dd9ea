import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Runtime } from '#aws/runtime.ts';
import { explainFailure } from '#cli/explain-failure.ts';
import { RUNTIME } from '#test/aws/runtime.ts';
import { run } from './rig.ts';

const ROOT = path.join(import.meta.dirname, '../..');
const FILE = 'policies/shop-web.yaml';

describe('longshore', () => {
  it.each([
    ['--help', 'npx longshore policy lint\n'],
    ['policy --help', 'lint'],
    ['policy lint --help', 'npx longshore policy lint policies/shop-web.yaml'],
    ['policy plan --help', `npx longshore policy plan ${FILE} --image shop/web:v3`],
    ['help', 'npx longshore policy lint\n'],
  ])('explains itself: %s', async (args, example) => {
    const { code, out, err } = await run(args);

    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/^Usage: longshore/);
    expect(out).toContain(example);
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
  });

  it('says its version', async () => {
    const { version } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8'));

    expect(await run('--version')).toEqual({ code: 0, out: `${version}\n`, err: '' });
  });

  it.each([
    ['', /Usage: longshore/],
    ['policy', /Usage: longshore policy/],
    ['polices', /^longshore: unknown command 'polices'\n\(Did you mean policy\?\)\n.*--help/s],
    ['policy lit', /^longshore: unknown command 'lit'\n\(Did you mean lint\?\)/],
    ['policy lint --jsn', /^longshore: unknown option '--jsn'\n\(Did you mean --json\?\)/],
    ['policy plan', /^longshore: missing required argument 'file'/],
    ['policy plan a.yaml b.yaml', /^longshore: too many arguments/],
    [`policy plan ${FILE} --at tomorrow`, /Give an instant in UTC, such as 2026-12-18T01:00:00Z\./],
    [`policy plan ${FILE} --at 2026-13-01T00:00:00Z`, /Give an instant in UTC/],
    [`policy plan ${FILE} --image shop/web`, /--image shop\/web is no repository with a tag/],
    [`policy plan ${FILE} --image shop/web:v1@sha256:${'a'.repeat(64)}`, /is no repository with a/],
    ['policy plan .', /^longshore: \. is not one file; name one/],
    ['policy plan policies/none.yaml', /^longshore: policies\/none\.yaml is not there/],
  ])('refuses "%s" with 2, and says so on standard error alone', async (args, message) => {
    const { code, out, err } = await run(args);

    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(message);
  });
});

describe('what AWS refuses', () => {
  const failing = (name: string, message: string) => (): Runtime => ({
    ...RUNTIME,
    clientConfig: {
      ...RUNTIME.clientConfig,
      credentials: async () => {
        throw Object.assign(new Error(message), { name });
      },
    },
  });

  it('is said without a trace, and ends with 1', async () => {
    const runtime = failing('CredentialsProviderError', 'Could not load credentials');

    const { code, out, err } = await run(`policy plan ${FILE}`, { runtime });

    expect([code, out]).toEqual([1, '']);
    expect(err).toBe(
      'longshore: AWS does not take the credentials (Could not load credentials); log in, or choose others with AWS_PROFILE\n',
    );
  });

  it('is thrown where it is a defect of ours', async () => {
    const runtime = failing('TypeError', 'x is not a function');

    await expect(run(`policy plan ${FILE}`, { runtime })).rejects.toThrow('x is not a function');
  });

  it.each([
    [{ name: 'Error', message: 'Region is missing' }, /^no region is set; give --region/],
    [
      { name: 'ExpiredTokenException', message: 'old' },
      /^AWS does not take the credentials \(old\)/,
    ],
    [
      { name: 'AccessDeniedException', message: 'no' },
      /^AWS does not allow it: no; what each command needs stands in docs\/cli\.md$/,
    ],
    [{ name: 'ThrottledError', message: 'SSM: slow' }, /^SSM: slow; try again in a minute$/],
    [{ name: 'UnreadableItemError', message: 'target x' }, /^target x$/],
    [{ name: 'ServerException', message: 'oh', $metadata: {} }, /^AWS: ServerException: oh$/],
    [{ name: 'Error', message: 'getaddrinfo', code: 'ENOTFOUND' }, /^getaddrinfo \(ENOTFOUND\)$/],
  ])('has words: %j', (error, words) => {
    expect(explainFailure(Object.assign(new Error(error.message), error))).toMatch(words);
  });

  it('is not guessed at', () => {
    expect(explainFailure(new TypeError('x'))).toBeUndefined();
    expect(explainFailure('x')).toBeUndefined();
  });
});

describe('npx longshore', () => {
  it('runs from the folder of the project, without a network and without an installation', async () => {
    const cache = mkdtempSync(path.join(tmpdir(), 'npx-'));
    onTestFinished(() => rmSync(cache, { recursive: true }));
    const env = { ...process.env, npm_config_cache: cache, npm_config_offline: 'true' };

    const { stdout } = await promisify(execFile)('npx', ['longshore', 'policy', 'lint'], {
      cwd: ROOT,
      env,
    });

    expect(stdout).toMatch(/^\d+ files?, no problem(?:, \d+ warnings?)?\n$/m);
  });
});
