import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parsePolicy } from '#core/policy.ts';
import { InvalidPoliciesError } from '#core/policy-files.ts';
import { parseSettings } from '#core/settings.ts';
import { readPolicies } from '#lib/read-policies.ts';

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
      WEB.replace('shop/web:*', 'ghcr.io/acme/app:*'),
      [
        'policies/web.yaml:2: image_pattern: "ghcr.io/acme/app:*" is not supported yet; name a repository of the stack\'s own ECR',
      ],
    ],
    [
      'an id that is not the name of the file',
      WEB.replace('id: web', 'id: shop'),
      ['policies/web.yaml:1: id: "shop" is not the file\'s name; name the file shop.yaml'],
    ],
    [
      'a key twice',
      `${WEB}id: web\n`,
      ['policies/web.yaml:4: has the key id twice; keep one of them'],
    ],
    [
      'bad indentation',
      `${WEB}\tsoak_seconds: 5\n`,
      [
        'policies/web.yaml:4: is not YAML: Tabs are not allowed as indentation; look at this line and the one before it',
      ],
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
      ['policies/web.yaml:4: is nested more than 20 deep; write a policy as in policies/'],
    ],
  ])('refuses %s, with file, line and mend', (_name, text, lines) => {
    expect(linesOf({ 'web.yaml': text })).toEqual(lines);
  });

  it('refuses two files with one id', () => {
    expect(linesOf({ 'web.yaml': WEB, 'web.yml': WEB })).toEqual([
      'policies/web.yml:1: id: "web" is also the id of policies/web.yaml; remove one of the two',
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

/** Whatever stands there: its files are the user's. */
describe('the policies of policies/', () => {
  const policies = readPolicies(join(import.meta.dirname, '../../policies'), SETTINGS);

  it('can all be deployed: stored as they were written, they mean the same when read again', () => {
    for (const { document, policy } of policies) {
      expect(parsePolicy(JSON.parse(JSON.stringify(document)), SETTINGS)).toEqual({
        ok: true,
        policy,
      });
    }
  });
});
