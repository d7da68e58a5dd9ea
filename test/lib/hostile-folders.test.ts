/** What may lie in a folder of policies on a disk: all of it is named, nothing of it stops the reading of the rest. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InvalidPoliciesError } from '#core/policy-files.ts';
import { parseSettings } from '#core/settings.ts';
import { readPolicies } from '#lib/read-policies.ts';
import { FILES, HOME, WEB } from '../core/policy-boundaries/files.ts';

const SHOP = WEB.replaceAll('web', 'shop');
const UNREADABLE = 'cannot be read; put a file in its place that you may read';
let root: string;
let folder: string;

beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'policies-'));
  folder = path.join(root, 'policies');
  mkdirSync(folder);
});

afterEach(() => rmSync(root, { recursive: true }));

const at = (name: string) => path.join(folder, name);

function linesOf(from = folder): string[] {
  try {
    readPolicies(from, parseSettings({}), HOME);
    return [];
  } catch (error) {
    if (error instanceof InvalidPoliciesError) return error.message.split('\n').slice(1);
    throw error;
  }
}

const TEXTS = FILES.filter(({ outside }) => outside.every((source) => 'text' in source));

describe('a folder of policies', () => {
  it.each(TEXTS)('says what stands in files as the files say it: $code', ({ outside, line }) => {
    for (const source of outside) {
      if ('text' in source) writeFileSync(path.join(root, source.file), source.text);
    }

    expect(linesOf()).toEqual([line]);
  });

  it.each<[string, () => void, string[]]>([
    [
      'a link to nowhere',
      () => symlinkSync('nowhere.yaml', at('web.yaml')),
      [`policies/web.yaml:1: ${UNREADABLE}`],
    ],
    [
      'a link to itself',
      () => symlinkSync('web.yaml', at('web.yaml')),
      [`policies/web.yaml:1: ${UNREADABLE}`],
    ],
    [
      'a link to a folder',
      () => symlinkSync('.', at('web.yaml')),
      ['policies/web.yaml:1: is a folder; put policies beside each other in one folder'],
    ],
    [
      'what is neither a file nor a folder',
      () => symlinkSync('/dev/null', at('web.yaml')),
      [`policies/web.yaml:1: ${UNREADABLE}`],
    ],
    [
      'a folder',
      () => mkdirSync(at('team')),
      ['policies/team:1: is a folder; put policies beside each other in one folder'],
    ],
    [
      'a megabyte of one letter',
      () => writeFileSync(at('web.yaml'), 'a'.repeat(2 ** 20)),
      ['policies/web.yaml:1: has more than 65536 bytes; part it into several policies'],
    ],
    [
      'a megabyte of brackets',
      () => writeFileSync(at('web.yaml'), '['.repeat(2 ** 20)),
      ['policies/web.yaml:1: has more than 65536 bytes; part it into several policies'],
    ],
    [
      'Latin-1',
      () => writeFileSync(at('web.yaml'), Buffer.from(`${WEB}# März\n`, 'latin1')),
      ['policies/web.yaml:4: has a character that is not UTF-8; save the file as UTF-8'],
    ],
    [
      'UTF-16',
      () => writeFileSync(at('web.yaml'), Buffer.from(`\ufeff${WEB}`, 'utf16le')),
      ['policies/web.yaml:1: has a character that is not UTF-8; save the file as UTF-8'],
    ],
  ])('names %s, and what is wrong elsewhere too', (_, make, lines) => {
    make();
    const alone = linesOf();
    writeFileSync(at('shop.yaml'), `${SHOP}max_hosts: 0\n`);

    expect(alone).toEqual(lines);
    expect(linesOf()).toEqual(
      [
        'policies/shop.yaml:4: max_hosts: 0 is less than 1; give a whole number of hosts between 1 and 100000',
        ...lines,
      ].toSorted(),
    );
  });

  it('reads a file through a link', () => {
    writeFileSync(path.join(root, 'elsewhere.yaml'), WEB);
    symlinkSync('../elsewhere.yaml', at('web.yaml'));

    expect(readPolicies(folder, parseSettings({})).map(({ file }) => file)).toEqual([
      'policies/web.yaml',
    ]);
  });

  it('takes a file of 65,536 bytes, and no byte more', () => {
    const filled = (bytes: number) => `${WEB}#${'x'.repeat(bytes - WEB.length - 1)}`;

    writeFileSync(at('web.yaml'), filled(65_536));
    const most = linesOf();
    writeFileSync(at('web.yaml'), filled(65_537));

    expect(most).toEqual([]);
    expect(linesOf()).toHaveLength(1);
  });

  it.each([
    ['that is not there', () => {}],
    ['that is a file', () => writeFileSync(path.join(root, 'none'), WEB)],
  ])('%s is an error, and not a folder without policies', (_, make) => {
    make();

    expect(linesOf(path.join(root, 'none'))).toEqual([
      'none:1: is no folder; make one, also where no policy is wanted',
    ]);
  });
});
