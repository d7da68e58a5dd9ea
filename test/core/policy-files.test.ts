import { describe, expect, it } from 'vitest';
import {
  fileWarnings,
  InvalidPoliciesError,
  judgePolicyFiles,
  type PolicySource,
  problemLines,
} from '#core/policy-files.ts';
import { paceOf, parseSettings } from '#core/settings.ts';

const SETTINGS = parseSettings({});

const web = (id: string, fleet = id) =>
  `id: ${id}\nimage_pattern: shop/web:*\nfleet_id: ${fleet}\n`;

function judge(...sources: PolicySource[]) {
  return judgePolicyFiles(sources, SETTINGS);
}

describe('judgePolicyFiles', () => {
  it('gives each policy with its file', () => {
    const { policies, problems } = judge(
      { file: 'policies/shop.yaml', text: web('shop') },
      { file: 'web.yml', text: web('web') },
    );

    expect(problems).toEqual([]);
    expect(policies.map(({ file, policy }) => [file, policy.id])).toEqual([
      ['policies/shop.yaml', 'shop'],
      ['web.yml', 'web'],
    ]);
  });

  it('says of a mistake its file, line, field, value, code and mend', () => {
    const { problems } = judge({ file: 'a/web.yaml', text: `${web('web')}max_hosts: 0\n` });

    expect(problems).toEqual([
      {
        file: 'a/web.yaml',
        line: 4,
        field: 'max_hosts',
        value: 0,
        code: 'too_small',
        message: 'max_hosts: 0 is less than 1; give a whole number of hosts between 1 and 100000',
        mend: 'give a whole number of hosts between 1 and 100000',
      },
    ]);
  });

  it('names what was not read, beside what was', () => {
    const { policies, problems } = judge(
      { file: 'p/team', unread: 'is_folder' },
      { file: 'p/large.yaml', unread: 'too_big' },
      { file: 'p/web.yaml', text: web('web') },
    );

    expect(policies).toHaveLength(1);
    expect(problemLines(problems)).toEqual([
      'p/team:1: is a folder; put policies beside each other in one folder',
      'p/large.yaml:1: has more than 65536 bytes; part it into several policies',
    ]);
    expect(problems.map(({ code }) => code)).toEqual(['is_folder', 'too_big']);
  });

  it('names two files of one id once, and not as claimants of one container as well', () => {
    const { problems } = judge(
      { file: 'p/web.yaml', text: web('web') },
      { file: 'p/web.yml', text: web('web') },
    );

    expect(problemLines(problems)).toEqual([
      'p/web.yml:1: id: "web" is also the id of p/web.yaml; remove one of the two',
    ]);
    expect(problems).toMatchObject([{ field: 'id', value: 'web', code: 'id_taken' }]);
  });

  it('names two policies that could claim one container, after the mistakes of all files', () => {
    const { problems } = judge(
      { file: 'p/admin.yaml', text: web('admin', 'production') },
      { file: 'p/web.yaml', text: web('web', 'production') },
      { file: 'p/x.yaml', text: 'id: [' },
    );

    expect(problems.map(({ file, code }) => [file, code])).toEqual([
      ['p/x.yaml', 'not_yaml'],
      ['p/web.yaml', 'container_claimed'],
    ]);
    expect(problems[1]).toMatchObject({
      field: 'container',
      value: 'web',
      message: expect.stringMatching(
        /^claims the container web on hosts that admin may claim too;/,
      ),
    });
  });

  it('says a hundred lines, and counts the others', () => {
    const problem = { file: 'p/a.yaml', line: 1, field: '', value: 1, code: 'missing' } as const;
    const problems = Array.from({ length: 103 }, () => ({ ...problem, message: 'is bad' }));

    const lines = new InvalidPoliciesError(problems).message.split('\n');

    expect(lines).toHaveLength(102);
    expect(lines[0]).toBe('The policies cannot be used:');
    expect(lines.at(-1)).toBe('… and 3 more');
  });
});

describe('fileWarnings', () => {
  it('says of each where its field is written, with the hosts where they are known', () => {
    const text = `${web('web')}staged_batches: [0.1, 1]\nmax_consecutive_failures: 1\n`;
    const { policies } = judge({ file: 'p/web.yaml', text });

    const found = fileWarnings(policies, paceOf(SETTINGS), 3);

    expect(fileWarnings(policies, paceOf(SETTINGS))).toEqual([]);
    expect(found).toEqual([
      {
        file: 'p/web.yaml',
        line: 4,
        code: 'batch_is_one_host',
        field: 'staged_batches.0',
        message: 'batch 1 of 3 hosts at 10 % is one host; write "1 host" if that is meant',
      },
    ]);
  });
});
