import type { TagCase } from './tag-case.ts';

export const NEWEST_PUSH: readonly TagCase[] = [
  {
    what: 'the tag whose image was pushed last',
    images: ['v1', 'v3', 'v2'],
    chosen: 'v2',
    losers: { v1: 'goes behind v2', v3: 'goes behind v2' },
  },
  {
    what: 'no old image for a new tag on it',
    images: ['v1 latest v9', 'v2'],
    chosen: 'v2',
  },
  {
    what: 'of several tags on one image the plainest version',
    images: ['v3-again latest v3 main'],
    chosen: 'v3',
    losers: {
      latest: 'is another tag of the image of v3',
      main: 'is another tag of the image of v3',
      'v3-again': 'is another tag of the image of v3',
    },
  },
  { what: 'no image without a tag', images: ['v1', ''], chosen: 'v1' },
  { what: 'none of none', images: [], chosen: undefined },
  {
    what: 'nothing filtered out and nothing ignored',
    choice: { filter: { pattern: '^v' }, ignore: ['*-rc*'] },
    images: ['v1', 'v2-rc1', 'main'],
    chosen: 'v1',
    losers: { 'v2-rc1': 'is ignored by *-rc*', main: 'is not met by the filter' },
  },
];
