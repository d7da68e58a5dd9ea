import type { TagCase } from './tag-case.ts';

export const ALPHABETICAL: readonly TagCase[] = [
  {
    what: 'the last of calendar versions',
    images: ['16.04', '20.10', '16.04.1', '16.10', '20.04'],
    chosen: '20.10',
    losers: { '16.04.1': 'goes behind 20.10' },
  },
  {
    what: 'the last of code names',
    images: ['xenial', 'zesty', 'yakkety', 'artful', 'bionic'],
    chosen: 'zesty',
  },
  {
    what: 'the last of dates, a time of day after its day',
    images: ['2026-11-14', '2026-11-14.120501', '2026-11-13', '2025-12-31'],
    chosen: '2026-11-14.120501',
  },
  {
    what: 'the last of timestamps of one width behind one word',
    images: ['rel-1606234201', 'rel-1606364286', 'rel-1606334092'],
    chosen: 'rel-1606364286',
  },
  { what: '9 over 10: it is text', images: ['9', '10', '1'], chosen: '9' },
  { what: 'a small letter over a capital one', images: ['Zulu', 'alpha'], chosen: 'alpha' },
  { what: 'a letter over a digit, and _ between', images: ['2026', '_', 'A', 'a'], chosen: 'a' },
  { what: 'the longer of two that begin alike', images: ['1.0', '1.0.0'], chosen: '1.0.0' },
  { what: 'none of none', images: [], chosen: undefined },
  {
    what: 'the last of what is extracted',
    choice: {
      filter: { pattern: '^RELEASE\\.(?P<timestamp>.*)Z$', extract: '$timestamp' },
    },
    images: [
      'RELEASE.2026-01-08T19-21-13Z',
      'RELEASE.2026-09-08T19-21-13Z',
      'RELEASE.2026-10-08T19-21-13',
    ],
    chosen: 'RELEASE.2026-09-08T19-21-13Z',
    losers: { 'RELEASE.2026-10-08T19-21-13': 'is not met by the filter' },
  },
  {
    what: 'the later push where the same is extracted',
    choice: { filter: { pattern: '^(\\d+)-', extract: '$1' } },
    images: ['7-b', '7-a', '6-c'],
    chosen: '7-a',
  },
  {
    what: 'what gives something over what gives nothing',
    choice: { filter: { pattern: '^v(\\d*)$', extract: '$1' } },
    images: ['v1', 'v'],
    chosen: 'v1',
  },
];
