import { describe, expect, it } from 'vitest';
import { compileFilter } from '#core/tag-choice/tag-filter.ts';

describe('compileFilter', () => {
  it.each([
    ['^main-[a-f0-9]+-(?<ts>\\d+)$', '$ts', 'main-abc1234-1700000000', '1700000000'],
    ['^main-[a-f0-9]+-(?<ts>\\d+)$', `\${ts}`, 'main-abc1234-1700000000', '1700000000'],
    ['^(\\d{4})\\.(\\d\\d)$', '$1.$2.0', '2026.11', '2026.11.0'],
    ['^v?(\\d+)(-rc)?$', 'n$1$2', 'v7', 'n7'],
    ['^release-', undefined, 'release-7', 'release-7'],
    ['^release-', undefined, 'pre-release-7', undefined],
    ['(\\d+)', '$1', 'main', undefined],
    ['(', '$1', 'main', undefined],
    ['^v(\\d)', '$1$2', 'v7', '7'],
  ])('%s with %s takes of %s: %s', (pattern, extract, tag, key) => {
    const filter = extract === undefined ? { pattern } : { pattern, extract };

    expect(compileFilter(filter)(tag)).toBe(key);
  });

  it('takes the whole tag where there is no filter', () => {
    expect(compileFilter(undefined)('main')).toBe('main');
  });
});
