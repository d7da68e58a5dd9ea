/** Files as hostile as they get: each ends in a sentence, in bounded time, and never in an exception. */
import { describe, expect, it } from 'vitest';
import {
  FILE_CODES,
  judgePolicyFiles,
  type PolicySource,
  problemLines,
} from '#core/policy-files.ts';
import { readPolicyText } from '#core/policy-text.ts';
import { PROBLEM_CODES } from '#core/problem.ts';
import { parseSettings } from '#core/settings.ts';
import { FILES, HOME, WEB } from './policy-boundaries/files.ts';

const SETTINGS = parseSettings({});

function problemsOf(sources: readonly PolicySource[]) {
  return judgePolicyFiles(sources, SETTINGS, HOME).problems;
}

function linesOf(text: string): string[] {
  return problemLines(problemsOf([{ file: 'policies/web.yaml', text }]));
}

describe('a file at the edge of each rule', () => {
  it.each(FILES)('$code: $line', ({ code, inside, outside, line, field }) => {
    const problems = problemsOf(outside);

    expect(problemsOf(inside)).toEqual([]);
    expect(problemLines(problems)).toEqual([line]);
    expect(problems).toMatchObject([{ code, field }]);
    expect(line.endsWith(String(problems[0]?.mend))).toBe(true);
  });

  it('has a case for every code of files, and for what is no rule of a single document', () => {
    const shown = new Set(FILES.map(({ code }) => code));

    // Depth stands by itself, below: no right policy is as deep as the limit.
    expect([...shown, 'too_deep'].sort()).toEqual(
      [...FILE_CODES, 'too_big', 'not_yet_supported', 'topic_elsewhere'].sort(),
    );
    const known = new Set<string>(PROBLEM_CODES);
    expect(FILE_CODES.filter((code) => known.has(code))).toEqual([]);
  });

  it.each([
    ['lists', '[', ']'],
    ['mappings', '{ a: ', '}'],
    ['keys', '{ ? ', '}'],
  ])('takes %s twenty deep for what they are, and no deeper', (_, open, close) => {
    const nested = (depth: number) =>
      linesOf(`${WEB}hosts: ${open.repeat(depth - 1)}${close.repeat(depth - 1)}\n`);

    expect(nested(20).join()).not.toContain('deep');
    expect(nested(21)).toEqual([
      'policies/web.yaml:4: is nested more than 20 deep; write a policy as in policies/',
    ]);
  });
});

/** A line of a text for people: no control characters, and no more than a screen. */
const LINE = /^policies\/web\.yaml:\d+: [\x20-\x7e…é–]{1,700}$/;

const repeat = (text: string) => text.repeat(65_536 / text.length);
const bomb = Array.from({ length: 9 }, (_, level) => {
  const aliases = Array.from({ length: 9 }, () => `*l${level}`).join(', ');
  return `l${level + 1}: &l${level + 1} [${aliases}]`;
});

describe('64 KB of', () => {
  const openings = ['[', '{', '{a: ', '- ', '? ', '{? ', ': ', 'a: ', '- [', '[a: ', '[- ', '? ['];
  const marks = [
    '&a ',
    '! ',
    '*',
    '&',
    '"',
    "'",
    '|\n',
    '>\n',
    '%a\n',
    '@',
    '\\',
    '\0',
    '\ufeff',
    '`',
  ];
  const lines = ['---\n', '...\n', 'a\n', 'a:\n', 'a: a\n', '- a\n', '#\n', '\n', '\t', '\r', ' '];
  const pairs = [
    '[]',
    '{}',
    'a,',
    '"a" ',
    '{"a":',
    '[[],',
    '<<: {}\n',
    '__proto__: {}\n',
    '- - a\n',
  ];

  it.each([...openings, ...marks, ...lines, ...pairs])('%j ends in sentences', (text) => {
    const said = linesOf(repeat(text));

    expect(said.length).toBeGreaterThan(0);
    for (const line of said.slice(0, 100)) expect(line).toMatch(LINE);
  });
});

describe('a hostile file', () => {
  it('with a few lines that would grow to gigabytes names them, and does not grow', () => {
    const said = linesOf(['l0: &l0 [lol]', ...bomb].join('\n'));

    expect(said[0]).toBe('policies/web.yaml:1: has the anchor &l0; write the value out');
    expect(said).toHaveLength(91);
  });

  it('whose alias is in itself names it', () => {
    expect(linesOf(`${WEB}hosts: &a [*a]\n`)).toEqual([
      'policies/web.yaml:4: has the anchor &a; write the value out',
      'policies/web.yaml:4: has the alias *a; write the value out',
    ]);
  });

  it('with very many keys takes no time for each pair of them', () => {
    const keys = Array.from({ length: 60_000 }, (_, index) => `a${index}:`);

    expect(linesOf(keys.join('\n'))).not.toEqual([]);
    expect(linesOf(`{${keys.map((key) => `${key} 1`).join(',')}}`)).not.toEqual([]);
  });

  it('names a hundred traps, and no more', () => {
    const { flaws } = readPolicyText(`- !\n`.repeat(300), 'web', SETTINGS);

    expect(flaws).toHaveLength(100);
  });

  it('cuts what others wrote, and prints no control characters', () => {
    const [trap = ''] = linesOf(`a: &\u001bc${'x'.repeat(500)} b\n`);
    const [tagged = ''] = linesOf(`a: !${'x'.repeat(500)} b\n`);
    const [quoted = ''] = linesOf(`${WEB}container: |${'x'.repeat(500)}\n`);

    expect(trap).toBe(
      `policies/web.yaml:1: has the anchor &?c${'x'.repeat(78)}; write the value out`,
    );
    expect(tagged).toBe(`policies/web.yaml:1: has the tag !${'x'.repeat(79)}; write the value out`);
    expect(quoted).toMatch(/^policies\/web\.yaml:4: is not YAML: .{100,160}; look at this line/);
  });

  it('merges nothing, and gives no prototype', () => {
    const proto = `id: web\nimage_pattern: shop/web:*\n__proto__: { fleet_id: a }\n`;

    expect(linesOf(`${WEB}<<: { max_hosts: 5 }\n`)).toEqual([
      'policies/web.yaml:4: <<: is not a known field; remove it',
    ]);
    expect(linesOf(proto)[0]).toBe(
      'policies/web.yaml:3: __proto__: is not a known field; remove it',
    );
    expect(linesOf(proto)[1]).toContain('fleet_id: no host is selected');
  });

  it('with a key that has dots or is not ASCII has its mistakes where they are', () => {
    expect(linesOf(`${WEB}health.check: 1\n`)).toEqual([
      'policies/web.yaml:4: health.check: is not a known field; did you mean health_check?',
    ]);
    expect(linesOf(`${WEB}\ufeffcontainer: web\n`)).toEqual([
      'policies/web.yaml:4: ?container: is not a known field; did you mean container?',
    ]);
  });
});

describe('a value that is written oddly', () => {
  const NUMBER = 'is not a number; give a whole number of hosts between 1 and 100000';

  it.each([
    ['0x1F', 31],
    ['0o10', 8],
    ['010', 10],
    ['1e2', 100],
    ['+5', 5],
    ['3.0', 3],
  ])('%s is a number in YAML 1.2', (written, value) => {
    const { read } = readPolicyText(`${WEB}max_hosts: ${written}\n`, 'web', SETTINGS);

    expect(read?.policy.max_hosts).toBe(value);
  });

  it.each([
    ['1_000', '"1_000"'],
    ['0b11', '"0b11"'],
    ['1e400', 'Infinity'],
    ['.inf', 'Infinity'],
    ['-.inf', '-Infinity'],
    ['.nan', 'NaN'],
    ['2026-01-01', '"2026-01-01"'],
    ['12:30', '"12:30"'],
    ['~', 'null'],
    ['', 'null'],
    ['9'.repeat(400), 'Infinity'],
  ])('%s is none', (written, shown) => {
    expect(linesOf(`${WEB}max_hosts: ${written}\n`)).toEqual([
      `policies/web.yaml:4: max_hosts: ${shown} ${NUMBER}`,
    ]);
  });

  it.each(['no', 'off', 'on', 'yes', 'NO', 'y', 'n', '0', '1'])('%s is no switch', (written) => {
    const shown = /\d/.test(written) ? written : `"${written}"`;

    expect(linesOf(`${WEB}auto_rollback: ${written}\n`)).toEqual([
      `policies/web.yaml:4: auto_rollback: ${shown} is not true or false; give true or false`,
    ]);
  });

  it.each(['no', '22:00', '2026-01-01'])('%s is a text where one is asked', (written) => {
    const { read } = readPolicyText(WEB.replace('production', written), 'web', SETTINGS);

    expect(read?.policy.fleet_id).toBe(written);
  });

  it.each([
    ['with CRLF', WEB.replaceAll('\n', '\r\n')],
    ['with a BOM', `\ufeff${WEB}`],
    ['with tabs after colons', WEB.replaceAll(': ', ':\t')],
    ['with a document’s start and end', `---\n${WEB}...\n`],
  ])('a file %s is read as any other', (_, text) => {
    expect(linesOf(text)).toEqual([]);
  });

  it('counts the lines of CRLF as one each', () => {
    expect(linesOf(`${WEB}max_hosts: 0\n`.replaceAll('\n', '\r\n'))[0]).toContain('web.yaml:4:');
  });

  it.each(['a\0b', 'a\u001bb'])(
    'control characters are shown as what they are: %j',
    (container) => {
      const [line = ''] = linesOf(`${WEB}container: "${container}"\n`);

      expect(line).toContain(
        `web.yaml:4: container: ${JSON.stringify(container)} is not of the right form`,
      );
    },
  );
});
