import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { InvalidPoliciesError } from '#core/policy-files.ts';
import { parseSettings } from '#core/settings.ts';
import { readPolicies } from '#lib/read-policies.ts';
import { makeProject, run } from './rig.ts';

const web = (id: string, fleet = id, more = '') =>
  `id: ${id}\nimage_pattern: shop/web:*\nfleet_id: ${fleet}\n${more}`;
const PAIR = 'hosts: [i-0123456789abcdef0, i-0123456789abcdef1]\n';

/** Mistakes of every kind, and something that is only warned of. */
function aBadProject(): string {
  return makeProject({
    'policies/admin.yaml': web('admin', 'production'),
    'policies/api.yaml': web('api', 'api', 'max_failure_rate: 1.5\nsoak_second: 5\n'),
    'policies/pair.yaml': web('pair', 'pair', PAIR),
    'policies/web.yaml': web('web', 'production'),
    'policies/yaml.yaml': 'id: [\n',
  });
}

describe('longshore policy lint', () => {
  it("finds nothing in this repository's own policies", async () => {
    const { code, out, err } = await run('policy lint', { cwd: process.cwd() });

    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/^\d+ files?, no problem(?:, \d+ warnings?)?\n$/m);
  });

  it('says the mistakes of all files, then claims, then warnings, and ends with 1', async () => {
    const { code, out, err } = await run('policy lint', { cwd: aBadProject() });

    expect([code, err]).toEqual([1, '']);
    expect(out.split('\n').map((line) => line.slice(0, 88))).toEqual([
      'policies/api.yaml:4: max_failure_rate: 1.5 is more than 1; give a share between 0 and 1',
      'policies/api.yaml:5: soak_second: is not a known field; did you mean soak_seconds?',
      'policies/yaml.yaml:2: is not YAML: Flow sequence in block collection must be sufficientl',
      'policies/web.yaml:1: claims the container web on hosts that admin may claim too; give on',
      'policies/pair.yaml:1: warning: 3 in a row can never fire with at most 2 hosts; lower max',
      '5 files, 4 problems, 1 warning',
      '',
    ]);
  });

  it('says what cdk synth says, line by line', async () => {
    const cwd = aBadProject();
    const { out } = await run('policy lint', { cwd });

    let synth: unknown;
    try {
      readPolicies(path.join(cwd, 'policies'), parseSettings({}));
    } catch (error) {
      synth = error;
    }

    expect(synth).toBeInstanceOf(InvalidPoliciesError);
    const [, ...lines] = String((synth as Error).message).split('\n');
    expect(out.split('\n').slice(0, 4)).toEqual(lines);
  });

  it('gives one JSON object, with everything about each problem', async () => {
    const { code, out } = await run('policy lint --json', { cwd: aBadProject() });

    expect(code).toBe(1);
    const { problems, ...rest } = JSON.parse(out);
    expect(rest).toEqual({
      ok: false,
      files: ['admin', 'api', 'pair', 'web', 'yaml'].map((id) => `policies/${id}.yaml`),
      warnings: [
        {
          file: 'policies/pair.yaml',
          line: 1,
          code: 'row_never_fires',
          field: 'max_consecutive_failures',
          message: '3 in a row can never fire with at most 2 hosts; lower max_consecutive_failures',
        },
      ],
    });
    expect(problems).toHaveLength(4);
    expect(problems[0]).toEqual({
      file: 'policies/api.yaml',
      line: 4,
      field: 'max_failure_rate',
      value: 1.5,
      code: 'too_large',
      message: 'max_failure_rate: 1.5 is more than 1; give a share between 0 and 1',
      mend: 'give a share between 0 and 1',
    });
  });

  it('names what was given from where it is run, and finds the project above', async () => {
    const cwd = aBadProject();
    const below = path.join(cwd, 'policies');

    const one = await run('policy lint web.yaml ./web.yaml', { cwd: below });
    const all = await run('policy lint .', { cwd: below });
    const own = await run('policy lint', { cwd: below });

    expect(one).toEqual({ code: 0, out: '1 file, no problem\n', err: '' });
    expect(all.out).toMatch(/^api\.yaml:4: /);
    expect(own.out).toBe(all.out);
  });

  it('finds an empty folder well, and a folder inside one not', async () => {
    const cwd = makeProject({});
    const empty = await run('policy lint', { cwd });
    mkdirSync(path.join(cwd, 'policies', 'team'));

    const nested = await run('policy lint', { cwd });

    expect(empty).toMatchObject({ code: 0, out: '0 files, no problem\n' });
    expect(nested.code).toBe(1);
    expect(nested.out).toMatch(/^policies\/team:1: is a folder; put/);
  });

  it('names what cannot be read, beside the mistakes of the others', async () => {
    const cwd = makeProject({ 'policies/web.yaml': web('web', 'web', 'max_hosts: 0\n') });
    symlinkSync('nowhere', path.join(cwd, 'policies/gone.yaml'));
    symlinkSync('/dev/null', path.join(cwd, 'policies/null.yaml'));

    const { code, out } = await run('policy lint', { cwd });

    expect(code).toBe(1);
    expect(out).toMatch(
      /^policies\/gone\.yaml:1: cannot be read; .*\npolicies\/null\.yaml:1: cannot be read; .*\npolicies\/web\.yaml:4: max/,
    );
  });

  it('does not read a file of more than 64 KB', async () => {
    const cwd = makeProject({ 'policies/web.yaml': `${web('web')}#${'x'.repeat(65_536)}` });

    const { code, out } = await run('policy lint', { cwd });

    expect(code).toBe(1);
    expect(out).toMatch(/^policies\/web\.yaml:1: has more than 65536 bytes; part it/);
  });

  it("goes by the stack's settings, as cdk synth does", async () => {
    const files = { 'policies/pair.yaml': web('pair', 'pair', PAIR) };
    const context = { longshore: { MAX_CONSECUTIVE_FAILURES: 2 } };

    const { out } = await run('policy lint', { cwd: makeProject(files, context) });

    expect(out).toBe('1 file, no problem\n');
  });

  it('has colours on a terminal that shows them, and nowhere else', async () => {
    const cwd = aBadProject();

    const on = await run('policy lint', { cwd, tty: { isTTY: true, hasColors: () => true } });
    const without = await run('policy lint', { cwd, tty: { isTTY: true, hasColors: () => false } });
    const piped = await run('policy lint', { cwd, tty: { hasColors: () => true } });

    expect(on.out).toContain('\u001b[31mpolicies/api.yaml:4: ');
    expect(without.out + piped.out).not.toContain('\u001b');
  });
});

describe('longshore policy lint refuses', () => {
  it.each([
    [
      'a file that is not there',
      'policies/webb.yaml',
      'longshore: policies/webb.yaml is not there; name a file such as policies/shop-web.yaml, or a folder of them\n',
    ],
    [
      'a file that synth would pass over',
      'cdk.json',
      'longshore: cdk.json ends neither in .yaml nor in .yml, and is so no policy for cdk synth; rename it\n',
    ],
  ])('%s', async (_, name, message) => {
    const cwd = makeProject({ 'policies/web.yaml': web('web') });

    expect(await run(`policy lint ${name}`, { cwd })).toEqual({ code: 2, out: '', err: message });
  });

  it('a place outside a project', async () => {
    const { code, err } = await run('policy lint', { cwd: '/' });

    expect(code).toBe(2);
    expect(err).toMatch(/^longshore: there is no cdk\.json in \/ or above it; run this inside/);
  });

  it('a cdk.json that is not JSON', async () => {
    const cwd = makeProject({});
    writeFileSync(path.join(cwd, 'cdk.json'), '{');

    const { code, err } = await run('policy lint', { cwd });

    expect(code).toBe(2);
    expect(err).toMatch(/^longshore: .*cdk\.json is not JSON: /);
  });

  it('settings that cdk synth would refuse, in its words', async () => {
    const cwd = makeProject({}, { longshore: { MAX_FAILURE_RATE: 20 } });

    const { code, err } = await run('policy lint', { cwd });

    expect(code).toBe(1);
    expect(err).toBe(
      'longshore: The settings cannot be used:\nMAX_FAILURE_RATE: 20 is more than 1; give a share between 0 and 1\n',
    );
  });
});
