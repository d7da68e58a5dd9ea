import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { readStack } from '#local/scenario/read-stack.ts';
import { chooseStoryPolicy, UnusableStackError } from '#local/scenario/story-policy.ts';
import { stackWith } from './rig.ts';

let folder: string | undefined;
afterEach(() => {
  if (folder !== undefined) rmSync(folder, { recursive: true });
  folder = undefined;
});

function folderWith(files: Readonly<Record<string, string>>): string {
  folder = mkdtempSync(path.join(tmpdir(), 'policies-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text);
  return folder;
}

const EXAMPLE = new URL('../../../policies/shop-web.yaml', import.meta.url);

describe('readStack', () => {
  it('reads the policies of the repository', () => {
    const { policy, stackName } = readStack();

    expect(policy.id).toBe('shop-web');
    expect(stackName).toBe('Longshore');
  });

  it('says file, line, field and mend of a policy that is wrong', () => {
    const text = readFileSync(EXAMPLE, 'utf8').replace(
      'max_failure_rate: 0.2',
      'max_failure_rate: 2',
    );

    const read = () => readStack(folderWith({ 'shop-web.yaml': text }));

    expect(read).toThrow(UnusableStackError);
    expect(read).toThrow(/shop-web\.yaml:\d+: max_failure_rate/);
  });
});

describe('chooseStoryPolicy', () => {
  const { policy } = stackWith();

  it('takes the one that wants the repository', () => {
    const other = { ...policy, id: 'other', image_pattern: 'shop/api:*' };

    expect(chooseStoryPolicy([other, policy])).toBe(policy);
  });

  it('refuses none and several, and says what to do', () => {
    const twin = { ...policy, id: 'twin', image_pattern: 'shop/*:*' };

    expect(() => chooseStoryPolicy([])).toThrow('give one the image_pattern "shop/web:*"');
    expect(() => chooseStoryPolicy([policy, twin])).toThrow('shop-web, twin all want shop/web');
  });
});
