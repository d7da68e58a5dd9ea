import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parsePolicy } from '#core/policy.ts';
import { parseSettings } from '#core/settings.ts';
import { InvalidPoliciesError, readPolicies } from '#lib/read-policies.ts';

const SETTINGS = parseSettings({});
const WEB = 'id: web\nimage_pattern: shop/web:*\nfleet_id: production\n';
let root: string;
let folder: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'policies-'));
  folder = join(root, 'policies');
  mkdirSync(folder);
});

afterEach(() => rmSync(root, { recursive: true }));

function write(files: Record<string, string>): void {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
}

function linesOf(files: Record<string, string>): string[] {
  write(files);
  try {
    readPolicies(folder, SETTINGS);
    return [];
  } catch (error) {
    if (error instanceof InvalidPoliciesError) return error.message.split('\n').slice(1);
    throw error;
  }
}

describe('readPolicies', () => {
  it('reads the policies of a folder by name, and leaves other files alone', () => {
    write({
      'web.yaml': WEB,
      'api.yml': WEB.replaceAll('web', 'api'),
      'README.md': '# Policies',
      'web.yaml.bak': 'id: [',
    });

    const policies = readPolicies(folder, SETTINGS);

    expect(policies.map(({ file, policy }) => [file, policy.id])).toEqual([
      ['policies/api.yml', 'api'],
      ['policies/web.yaml', 'web'],
    ]);
    expect(policies[1]?.document).toEqual({
      id: 'web',
      image_pattern: 'shop/web:*',
      fleet_id: 'production',
    });
  });

  /** The example policy in which this example is no comment any more. */
  function example(field: string): string {
    const text = readFileSync(new URL('../../policies/shop-web.yaml', import.meta.url), 'utf8');
    const commented = new RegExp(`^# ${field}:.*\\n(?:^#  .*\\n)*`, 'm');
    const shown = commented.exec(text)?.[0] ?? '';
    const others = text
      .replace(commented, '')
      .replace(new RegExp(`^${field}:.*\\n(?: .*\\n)*`, 'm'), '');
    return shown.replaceAll(/^# /gm, '') + others;
  }

  it('reads the examples of a choice and of a pin in policies/, once they are no comments any more', () => {
    write({ 'shop-web.yaml': example('tag_choice') });
    const [choice] = readPolicies(folder, SETTINGS);
    write({ 'shop-web.yaml': example('pinned_digest') });
    const [pin] = readPolicies(folder, SETTINGS);

    expect(choice?.policy.tag_choice).toEqual({
      type: 'numerical',
      filter: { pattern: '^main-[a-f0-9]+-(?<ts>\\d+)$', extract: '$ts' },
      ignore: ['main-0badf00-*'],
      minimum_age_minutes: 30,
    });
    expect(pin?.policy.pinned_digest).toMatch(/^sha256:/);
  });

  it('reads the example of `run` in policies/, once it is no comment any more', () => {
    write({ 'shop-web.yaml': example('run') });

    const [read] = readPolicies(folder, SETTINGS);

    expect(read?.policy.run).toEqual({
      ports: ['8080:8080', '127.0.0.1:9090:9090'],
      environment: { LOG_LEVEL: 'info', DB_PASSWORD_FILE: '/run/secrets/db' },
      volumes: ['web-data:/data', '/etc/shop/db:/run/secrets/db:ro'],
      restart: 'unless-stopped',
      network: 'bridge',
      command: ['serve'],
    });
  });

  it('reads the examples of a window and of a freeze in policies/, once they are no comments any more', () => {
    const text = readFileSync(new URL('../../policies/shop-web.yaml', import.meta.url), 'utf8');
    const commented = /^# (maintenance_window_\w+:|freezes:| {2}- \{ from:)/gm;
    write({ 'shop-web.yaml': text.replaceAll(commented, '$1') });

    const [read] = readPolicies(folder, SETTINGS);

    expect(read?.policy).toMatchObject({
      maintenance_window_start: '22:00',
      maintenance_window_end: '02:00',
      maintenance_window_zone: 'Europe/Berlin',
      maintenance_window_days: ['mon', 'tue', 'wed', 'thu'],
      freezes: [{ why: 'the holidays', by: 'team shop' }],
    });
  });

  it('reads an empty folder', () => {
    expect(readPolicies(folder, SETTINGS)).toEqual([]);
  });

  it("takes defaults from the stack's settings", () => {
    write({ 'web.yaml': WEB });

    const [read] = readPolicies(folder, parseSettings({ MAX_FAILURE_RATE: 0.5 }));

    expect(read?.policy.max_failure_rate).toBe(0.5);
  });

  it.each<[string, string, string[]]>([
    [
      'a share above one',
      `${WEB}# thresholds\n\nmax_failure_rate: 1.5\n`,
      ['policies/web.yaml:6: max_failure_rate: 1.5 is more than 1; give a share between 0 and 1'],
    ],
    [
      'a nested field',
      `${WEB}health_check:\n  type: http\n  endpoint: http://10.0.0.1/\n`,
      [
        'policies/web.yaml:6: health_check.endpoint: "http://10.0.0.1/" is not of the right form; give http or https on localhost, 127.0.0.1 or [::1], such as http://localhost:8080/health, without a query',
      ],
    ],
    [
      'an entry of a list',
      `${WEB}staged_batches:\n  - 0.5\n  - 0.1\n  - 1\n`,
      [
        'policies/web.yaml:6: staged_batches.1: 0.1 is less than an entry before it; give a share in (0, 1], "10%" or "10 hosts", none less than one before it',
      ],
    ],
    [
      'a misspelt field',
      `${WEB}soak_second: 5\n`,
      ['policies/web.yaml:4: soak_second: is not a known field; did you mean soak_seconds?'],
    ],
    [
      'a missing field at the first line',
      'id: web\nfleet_id: production\n',
      [
        'policies/web.yaml:1: image_pattern: is missing; write [registry/]repository[:tag] of at most 512 characters, with * for any characters within one part',
      ],
    ],
    [
      'a missing field at the field around it',
      `${WEB}health_check:\n  type: tcp\n`,
      ['policies/web.yaml:4: health_check.port: is missing; give a port between 1 and 65535'],
    ],
    [
      'a field of a later version',
      `${WEB}spread: zones\n`,
      ['policies/web.yaml:4: spread: "zones" is not supported yet; take none'],
    ],
    [
      'an id that is not the name of the file',
      WEB.replace('id: web', 'id: shop'),
      ['policies/web.yaml:1: id: "shop" is not the file\'s name; name the file shop.yaml'],
    ],
    [
      'a key twice',
      `${WEB}id: web\n`,
      ['policies/web.yaml:4: is not YAML: Map keys must be unique'],
    ],
    [
      'bad indentation',
      `${WEB}\tsoak_seconds: 5\n`,
      ['policies/web.yaml:4: is not YAML: Tabs are not allowed as indentation'],
    ],
    [
      'two documents',
      `${WEB}---\n${WEB}`,
      ['policies/web.yaml:4: a second document begins here; give each policy its own file'],
    ],
    ['nothing', '', ['policies/web.yaml:1: is empty; write a policy as in policies/']],
    ['a comment', '# later\n', ['policies/web.yaml:1: is empty; write a policy as in policies/']],
    [
      'a text',
      'web\n',
      [
        'policies/web.yaml:1: "web" is not a mapping of fields to values; write a policy as in policies/',
      ],
    ],
    [
      'an anchor and an alias',
      'id: &name web\nimage_pattern: *name\nfleet_id: production\n',
      [
        'policies/web.yaml:1: has the anchor &name; write the value out',
        'policies/web.yaml:2: has the alias *name; write the value out',
      ],
    ],
    [
      'a tag',
      `${WEB}container: !!binary d2Vi\n`,
      ['policies/web.yaml:4: has the tag tag:yaml.org,2002:binary; write the value out'],
    ],
    [
      'a tag of its own',
      `${WEB}container: !container web\n`,
      ['policies/web.yaml:4: has the tag !container; write the value out'],
    ],
    [
      'lists inside lists without end',
      `${WEB}hosts: ${'['.repeat(20_000)}${']'.repeat(20_000)}\n`,
      ['policies/web.yaml:4: is not YAML: nested too deep'],
    ],
  ])('refuses %s, with file, line and mend', (_name, text, lines) => {
    expect(linesOf({ 'web.yaml': text })).toEqual(lines);
  });

  it('refuses a few lines that would grow to gigabytes, without growing', () => {
    const levels = Array.from({ length: 9 }, (_, index) => {
      const aliases = Array.from({ length: 9 }, () => `*l${index}`).join(', ');
      return `l${index + 1}: &l${index + 1} [${aliases}]`;
    });

    const lines = linesOf({ 'web.yaml': ['l0: &l0 [lol]', ...levels].join('\n') });

    expect(lines[0]).toBe('policies/web.yaml:1: has the anchor &l0; write the value out');
    expect(lines).toHaveLength(91);
  });

  it('takes a file of 64 KB and refuses one with a byte more', () => {
    const filled = (bytes: number) => `${WEB}#${'x'.repeat(bytes - WEB.length - 1)}`;

    expect(linesOf({ 'web.yaml': filled(65_536) })).toEqual([]);
    expect(linesOf({ 'web.yaml': filled(65_537) })).toEqual([
      'policies/web.yaml:1: has more than 65536 bytes; part it into several policies',
    ]);
  });

  it('refuses two files with one id', () => {
    expect(linesOf({ 'web.yaml': WEB, 'web.yml': WEB })).toEqual([
      'policies/web.yml:1: id: "web" is also the id of policies/web.yaml; remove one of the two',
    ]);
  });

  it('refuses a folder inside, whose policies it would not read', () => {
    mkdirSync(join(folder, 'team'));

    expect(linesOf({ 'web.yaml': WEB })).toEqual([
      'policies/team:1: is a folder; put policies beside each other in one folder',
    ]);
  });

  it('names the mistakes of all files at once', () => {
    const lines = linesOf({
      'api.yaml': 'id: [\n',
      'web.yaml': `${WEB}colour: red\nspread: zone\n`,
    });

    expect(lines.map((line) => line.split(' ')[0])).toEqual([
      'policies/api.yaml:2:',
      'policies/web.yaml:5:',
      'policies/web.yaml:4:',
    ]);
  });

  it('prints a hundred mistakes and counts the others', () => {
    const files = Array.from({ length: 105 }, (_, index) => [`p${index + 100}.yaml`, 'id: 1\n']);

    const lines = linesOf(Object.fromEntries(files));

    expect(lines).toHaveLength(101);
    expect(lines.at(-1)).toBe('… and 215 more');
  });
});

describe('the policies of this repository', () => {
  const policies = readPolicies(join(import.meta.dirname, '../../policies'), SETTINGS);

  it('can all be deployed', () => {
    expect(policies.map(({ policy }) => policy.id)).toEqual([
      'shop-web-dev',
      'shop-web',
      'shop-worker',
    ]);
  });

  it('are stored as they were written, and mean the same when read again', () => {
    for (const { document, policy } of policies) {
      expect(parsePolicy(JSON.parse(JSON.stringify(document)), SETTINGS)).toEqual({
        ok: true,
        policy,
      });
    }
  });

  it('roll the web front end out in stages, and back past a threshold', () => {
    expect(policies.find(({ policy }) => policy.id === 'shop-web')?.policy).toMatchObject({
      image_pattern: 'shop/web:*',
      container: 'web',
      fleet_id: 'production',
      staged_batches: [0.1, 0.5, 1],
      batch_delay_minutes: 30,
      soak_seconds: 60,
      on_threshold: 'rollback',
      auto_rollback: true,
    });
  });
});
