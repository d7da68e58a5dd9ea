import type { TagCase } from './tag-case.ts';

export const DIGEST: readonly TagCase[] = [
  {
    what: 'its tag, on whatever image that is',
    choice: { tag: 'main' },
    images: ['main main-abc1234', 'main-def5678'],
    chosen: 'main',
    losers: { 'main-abc1234': 'is not main', 'main-def5678': 'is not main' },
  },
  {
    what: 'none while its tag is gone',
    choice: { tag: 'main' },
    images: ['main-abc1234'],
    chosen: undefined,
    losers: { 'main-abc1234': 'is not main' },
  },
  {
    what: 'no tag that differs by case or begins like it',
    choice: { tag: 'main' },
    images: ['Main', 'main2', 'main-'],
    chosen: undefined,
  },
  { what: 'none of none', choice: { tag: 'main' }, images: [], chosen: undefined },
];
