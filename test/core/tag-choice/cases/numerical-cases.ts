import type { TagCase } from './tag-case.ts';

const SUFFIX = { filter: { pattern: '^[a-z]+(.*)$', extract: '$1' } };

export const NUMERICAL: readonly TagCase[] = [
  { what: '10 over 9', images: ['10', '9', '1'], chosen: '10' },
  {
    what: 'the highest of timestamps',
    images: ['1606234201', '1606364286', '1606334092', '1606334284'],
    chosen: '1606364286',
  },
  {
    what: 'the highest, below and above zero',
    choice: SUFFIX,
    images: ['n-62', 'n-88', 'n73', 'n72', 'n15', 'n-91', 'n0'],
    chosen: 'n73',
  },
  {
    what: 'the one nearest to zero of those below',
    choice: SUFFIX,
    images: ['n-62', 'n-8.5', 'n-8.25', 'n-91'],
    chosen: 'n-8.25',
  },
  {
    what: 'the highest of decimals',
    images: ['47.40896403322944', '3.2008658570411086', '53.47333823144817'],
    chosen: '53.47333823144817',
  },
  { what: '1.9 over 1.10: these are decimals', images: ['1.9', '1.10'], chosen: '1.9' },
  { what: 'a decimal over its whole part', images: ['1.01', '1'], chosen: '1.01' },
  {
    what: 'the higher of two that a float cannot tell apart',
    images: ['202605281536520002', '202605281536520003', '202605281536520001'],
    chosen: '202605281536520003',
  },
  {
    what: 'the higher of two beyond every float',
    images: [`1${'0'.repeat(299)}`, `9${'0'.repeat(298)}`],
    chosen: `1${'0'.repeat(299)}`,
  },
  {
    what: 'the higher of two after 29 decimals',
    images: [`0.${'0'.repeat(29)}2`, `0.${'0'.repeat(29)}1`],
    chosen: `0.${'0'.repeat(29)}2`,
  },
  {
    what: 'leading zeros for nothing',
    images: ['0010', '9', '00000'],
    chosen: '0010',
    losers: { '00000': 'goes behind 0010' },
  },
  { what: 'the later push of two names of one number', images: ['7', '007'], chosen: '007' },
  { what: 'the later push of 1.5 and 1.50', images: ['1.50', '1.5'], chosen: '1.5' },
  { what: 'the later push of 0 and -0', choice: SUFFIX, images: ['n-0', 'n0'], chosen: 'n0' },
  {
    what: 'nothing that only looks like a number to a parser',
    images: ['7e10', '0x1f', '1_000', 'NaN', 'Infinity', '1.2.3', '5.', '1a', '6'],
    chosen: '6',
    losers: {
      '7e10': 'is not a number',
      '0x1f': 'is not a number',
      '1_000': 'is not a number',
      NaN: 'is not a number',
      Infinity: 'is not a number',
      '1.2.3': 'is not a number',
      '5.': 'is not a number',
      '1a': 'is not a number',
    },
  },
  { what: 'none of words', images: ['latest', 'main'], chosen: undefined },
  { what: 'none of none', images: [], chosen: undefined },
  {
    what: 'the highest of what is extracted, and says what is no number',
    choice: { filter: { pattern: '^main-[a-f0-9]+-(?P<ts>.*)', extract: '$ts' } },
    images: ['main-abc1234-1700000000', 'main-def5678-1700000001', 'main-99-v1.2.3', 'main-1-'],
    chosen: 'main-def5678-1700000001',
    losers: {
      'main-99-v1.2.3': 'gives "v1.2.3", which is not a number',
      'main-1-': 'gives "", which is not a number',
    },
  },
  {
    what: 'the highest of two parts put together',
    choice: { filter: { pattern: '^(\\d{8})-(\\d+)$', extract: '$1.$2' } },
    images: ['20220209-04', '20220209-22', '20220208-99'],
    chosen: '20220209-22',
  },
];
