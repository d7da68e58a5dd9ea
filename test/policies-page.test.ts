/**
 * docs/policies.md is true: every field of the schema stands there once, with its true default, and every example
 * is taken as it is written. The files of policies/ are the user's, so nothing here looks at them.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { chooseImage } from '#core/choose-image.ts';
import { type Policy, parsePolicy } from '#core/policy.ts';
import { parseSettings } from '#core/settings.ts';
import { listUnsupported } from '#core/unsupported-fields.ts';
import { listPolicyFields } from './core/policy-fields.ts';

const PAGE = readFileSync(path.join(import.meta.dirname, '../docs/policies.md'), 'utf8');
const ROWS = Array.from(PAGE.matchAll(/^\| `([a-z_.]+)` \| (.+?) \| /gm), ([, field, shown]) => ({
  field: String(field),
  shown: String(shown),
}));
const EXAMPLES = Array.from(PAGE.matchAll(/^```yaml\n(.*?)^```$/gms), ([, text = '']) => text);

const SETTINGS = parseSettings({});
const FIELDS = Map.groupBy(
  listPolicyFields().filter(({ name }) => !name.endsWith('*')),
  ({ name }) => name.replaceAll('.*', ''),
);

function policyOf(document: Record<string, unknown>): Policy {
  const base = { id: 'web', image_pattern: 'shop/web:*', fleet_id: 'a' };
  const parsed = parsePolicy({ ...base, ...document }, SETTINGS);
  if (!parsed.ok) throw new Error(parsed.problems.map(({ message }) => message).join('\n'));
  return parsed.policy;
}

const BARE = policyOf({ fleet_id: undefined, all_hosts: true });

/** Fields whose default is a setting of the stack, under its name. */
const SETTING_OF = new Map(
  Object.keys(SETTINGS)
    .filter((name) => /^[A-Z_]+$/.test(name))
    .map((name) => [
      name === 'ROLLBACK_TIMEOUT' ? 'rollback_timeout_seconds' : name.toLowerCase(),
      name,
    ]),
);

/** What the page has to say of a field that nobody writes. */
function defaultOf(field: string): string {
  const forms = FIELDS.get(field) ?? [];
  if (forms.some(({ isRequired }) => isRequired)) return 'must';
  const setting = SETTING_OF.get(field);
  if (setting !== undefined) return setting;
  // Two have their default where all is filled in.
  const value =
    forms.find((form) => form.default !== undefined)?.default ?? BARE[field as keyof Policy];
  return value === undefined ? '-' : `\`${showDefault(value)}\``;
}

function showDefault(value: unknown): string {
  if (typeof value === 'string') return value;
  const type = (value as { type?: string }).type;
  return type ?? JSON.stringify(value).replaceAll(',', ', ');
}

describe('docs/policies.md', () => {
  it('has every field of the schema once, and no other', () => {
    expect(ROWS.map(({ field }) => field).sort()).toEqual([...FIELDS.keys()].sort());
  });

  it.each(ROWS)('says the true default of $field: $shown', ({ field, shown }) => {
    expect(shown).toBe(defaultOf(field));
  });

  it.each(EXAMPLES)('has an example that is taken as it is written: %s', (text) => {
    const policy = policyOf(parse(text));

    expect(listUnsupported(policy)).toEqual([]);
  });

  it.each([
    [
      'develop-*',
      [
        'develop-20261114093000-1a2b3c4',
        'develop-20261113235959-9f8e7d6',
        'develop-20261201000000-0badf00',
        'develop-latest',
        'main',
      ],
      'develop-20261114093000-1a2b3c4',
    ],
    ['semver', ['v1.9.0', '1.10.0', 'v3.0.0', 'v2.0.0-rc.1', 'v1.4.7'], '1.10.0'],
    ['digest', ['latest', 'v9'], 'latest'],
  ])('has an example of a choice (%s) by which %j gives %s', (mark, tags, wanted) => {
    const [text = '', ...others] = EXAMPLES.filter(
      (one) => one.includes('tag_choice') && one.includes(mark),
    );
    const images = tags.map((tag, index) => ({
      digest: `sha256:${String(index).padStart(64, '0')}`,
      tags: [tag],
      pushedAtMs: 0,
    }));

    const { chosen } = chooseImage(policyOf(parse(text)), images, 86_400_000);

    expect(others).toEqual([]);
    expect(chosen?.tag).toBe(wanted);
  });
});
