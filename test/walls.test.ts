/** The walls between the folders, by the linter that holds them: each crossing is refused, each door is open. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import * as z from 'zod';

const ROOT = path.join(import.meta.dirname, '..');
const folder = mkdtempSync(path.join(tmpdir(), 'longshore-walls-'));
const Report = z.object({ diagnostics: z.array(z.object({ category: z.string() })) });

afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** The rules that a file at this place breaks with this code, by the project's own configuration. */
function refusals(place: string, code: string, name = 'example.ts'): string[] {
  const root = mkdtempSync(path.join(folder, 'case-'));
  cpSync(path.join(ROOT, 'biome.json'), path.join(root, 'biome.json'));
  mkdirSync(path.join(root, place));
  writeFileSync(path.join(root, place, name), code);
  const { stdout } = spawnSync(
    path.join(ROOT, 'node_modules/.bin/biome'),
    ['lint', '--vcs-enabled=false', '--reporter=json', place],
    { cwd: root, encoding: 'utf8' },
  );
  return Report.parse(JSON.parse(stdout)).diagnostics.map(({ category }) => category);
}

const imports = (from: string) => `import { x } from '${from}';\nexport const y = x;\n`;

describe('a wall', () => {
  it.each([
    ['core', '#aws/commands.ts'],
    ['core', '../aws/commands.ts'],
    ['core', '#local/clock.ts'],
    ['core', 'node:fs'],
    ['core', '@aws-sdk/client-ssm'],
    ['core', 'js-yaml'],
    ['core', '#cli/main.ts'],
    ['aws', '#lambdas/sweep.ts'],
    ['aws', '#lib/names.ts'],
    ['aws', '../local/clock.ts'],
    ['aws', '#cli/main.ts'],
    ['aws', 'aws-cdk-lib'],
    ['lambdas', '@aws-sdk/client-ssm'],
    ['lambdas', '#lib/names.ts'],
    ['lambdas', '#local/clock.ts'],
    ['lambdas', '#cli/main.ts'],
    ['lib', '#aws/commands.ts'],
    ['lib', '#lambdas/sweep.ts'],
    ['lib', '../local/clock.ts'],
    ['hosts', '#local/clock.ts'],
    ['lib', '#cli/main.ts'],
    ['bin', '#local/clock.ts'],
    ['bin', '#cli/main.ts'],
    ['local', '#cli/main.ts'],
    ['cli', '#lambdas/sweep.ts'],
    ['cli', '#lib/names.ts'],
    ['cli', '../local/clock.ts'],
    ['cli', '#test/setup.ts'],
    ['cli', '@aws-sdk/client-ssm'],
    ['cli', 'aws-cdk-lib'],
  ])('keeps %s from importing %s', (place, from) => {
    expect(refusals(place, imports(from))).toContain('lint/style/noRestrictedImports');
  });

  it.each([
    ['core', 'Date.now()', 'noRestrictedGlobals'],
    ['core', 'process.env', 'noRestrictedGlobals'],
    ['core', 'Promise.resolve(1)', 'noRestrictedGlobals'],
    ['lambdas', 'new Date()', 'noRestrictedGlobals'],
    ['lambdas', 'process.env', 'noRestrictedGlobals'],
  ])('keeps %s from saying %s', (place, code, rule) => {
    expect(refusals(place, `export const y = ${code};\n`)).toContain(`lint/style/${rule}`);
  });
});

describe('a door', () => {
  it.each([
    ['core', './chunk.ts'],
    ['core', '#core/chunk.ts'],
    ['core', 'zod'],
    ['core', 'semver'],
    ['core', 're2js'],
    ['core', 'yaml'],
    ['aws', '#core/chunk.ts'],
    ['aws', '@aws-sdk/client-ssm'],
    ['lambdas', '#aws/commands.ts'],
    ['lambdas', '#core/chunk.ts'],
    ['lib', '#core/settings.ts'],
    ['local', '#aws/commands.ts'],
    ['cli', '#aws/registry.ts'],
    ['cli', '#core/chunk.ts'],
    ['cli', './main.ts'],
    ['cli', 'commander'],
    ['cli', 'node:fs'],
  ])('lets %s import %s', (place, from) => {
    expect(refusals(place, imports(from))).toEqual([]);
  });

  it('lets the entry of the program, and no other file of bin, into cli', () => {
    expect(refusals('bin', imports('#cli/main.ts'), 'longshore.ts')).toEqual([]);
    expect(refusals('bin', imports('#cli/main.ts'), 'app.ts')).not.toEqual([]);
  });
});
