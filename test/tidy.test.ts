/** House rules that no linter knows. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { PARTS } from './e2e/parts.ts';

const ROOT = path.join(import.meta.dirname, '..');
const FILES = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], {
  cwd: ROOT,
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => file !== '' && existsSync(path.join(ROOT, file)));

const read = (file: string) => readFileSync(path.join(ROOT, file), 'utf8');
const FOLDERS = [
  ...new Set(FILES.filter((file) => file.includes('/')).map((file) => file.split('/')[0])),
];

describe.each(FILES.filter((file) => file.endsWith('.md') && !file.includes('fixtures/')))(
  '%s',
  (file) => {
    it('names paths that exist', () => {
      const text = read(file);
      const linked = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)/g)].map(([, to]) =>
        path.join(path.dirname(file), to ?? ''),
      );
      const quoted = [...text.matchAll(/`([\w./-]+\/[\w./-]*)`/g)]
        .map(([, name]) => name ?? '')
        .filter((name) => FOLDERS.includes(name.split('/')[0]))
        // Whoever deploys writes over these.
        .filter((name) => !/^policies\/.+/.test(name));

      const missing = [...linked, ...quoted].filter((name) => !existsSync(path.join(ROOT, name)));

      expect(missing).toEqual([]);
    });

    it('links to headings that exist', () => {
      const links = [...read(file).matchAll(/\]\(([^)#:]*)#([^)]+)\)/g)];
      const missing = links.filter(([, to, heading]) => {
        const target = to === '' ? file : path.join(path.dirname(file), to ?? '');
        return !headings(read(target)).includes(heading ?? '');
      });

      expect(missing.map(([link]) => link)).toEqual([]);
    });
  },
);

it('has a section of the runbook for every alarm', () => {
  const sections = [...read('lib/alarms.ts').matchAll(/section: '([^']+)'/g)].map(
    ([, name]) => name,
  );

  expect(sections.length).toBeGreaterThan(3);
  expect(
    sections.filter((name) => !headings(read('docs/runbook.md')).includes(name ?? '')),
  ).toEqual([]);
});

it('says in docs/testing.md whose the parts of the end-to-end suite are, as its run does', () => {
  const said = read('docs/testing.md');

  for (const [whose, parts] of Object.entries(PARTS)) {
    const [, listed = ''] = said.split(`**${whose}**`);
    expect(listed.split('\n').slice(2, 2 + parts.length)).toEqual(parts.map((part) => `- ${part}`));
  }
});

it('keeps the README under 250 lines', () => {
  expect(read('README.md').split('\n').length).toBeLessThan(250);
});

it.each(FILES.filter((file) => /^(core|aws|lambdas|lib|bin|cli|local)\/.*\.ts$/.test(file)))(
  '%s uses no banned word for a name',
  (file) => {
    const names = [...read(file).matchAll(/\b(?:function|const|class|interface|type) (\w+)/g)].map(
      ([, name]) => name ?? '',
    );

    // DynamoDB’s own name of an operation.
    const banned = names
      .filter((name) => name !== 'getItem')
      .filter((name) => /manager|helper|util|misc/i.test(name) || /^get[A-Z]/.test(name));

    expect([
      ...banned,
      ...file.split('/').filter((part) => /util|helper|misc|manager/.test(part)),
    ]).toEqual([]);
  },
);

it('asserts no time of day or duration of the machine it runs on', () => {
  const timed = FILES.filter((file) => /^test\/.*\.test\.ts$/.test(file)).filter((file) =>
    /expect\([^)]*(performance\.now|Date\.now|elapsed)/.test(read(file)),
  );

  expect(timed).toEqual([]);
});

function headings(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, title]) =>
    (title ?? '')
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}
