/** What keeps a tag from competing, whatever the order is: filter, ignore list, minimum age. */
import type { TagCase } from './tag-case.ts';

/** The table's own clock stands a thousand minutes after the first push. */
export const NARROWING: readonly TagCase[] = [
  {
    what: 'nothing ignored by name or by glob',
    choice: { ignore: ['3', '2*'] },
    images: ['1', '2', '20', '3'],
    chosen: '1',
    losers: { '2': 'is ignored by 2*', '20': 'is ignored by 2*', '3': 'is ignored by 3' },
  },
  {
    what: 'what is ignored before what is filtered',
    choice: { ignore: ['9'], filter: { pattern: '^\\d$' } },
    images: ['1', '9', '10'],
    chosen: '1',
    losers: { '9': 'is ignored by 9', '10': 'is not met by the filter' },
  },
  {
    what: 'an expression anywhere in the tag, unless it is tied to the ends',
    choice: { filter: { pattern: 'er(\\d+)', extract: '$1' } },
    images: ['ver1', 'ver3', 'rel4', 'power2'],
    chosen: 'ver3',
    losers: { rel4: 'is not met by the filter', power2: 'goes behind ver3' },
  },
  {
    what: 'what is old enough',
    choice: { minimum_age_minutes: 999 },
    images: ['1', '2'],
    chosen: '2',
  },
  {
    what: 'nothing that is a minute too young',
    choice: { minimum_age_minutes: 999 },
    images: ['1', '2', '3'],
    chosen: '2',
    losers: { '3': 'is younger than 999 minutes' },
  },
  {
    what: 'none where all are too young',
    choice: { minimum_age_minutes: 1001 },
    images: ['1', '2'],
    chosen: undefined,
  },
];
