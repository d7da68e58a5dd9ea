import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { utcMs } from '#core/utc-instant.ts';

describe('utcMs', () => {
  it.each([
    ['1970-01-01T00:00:00Z', 0],
    ['2026-12-20T00:00:00Z', 1_797_724_800_000],
    ['2028-02-29T23:59:59Z', 1_835_481_599_000],
    ['2100-03-01T00:00:00Z', 4_107_542_400_000],
  ])('%s is %d', (instant, ms) => {
    expect(utcMs(instant)).toBe(ms);
  });

  it('is what Date knows of every second of ten thousand years', () => {
    const dates = fc.date({
      min: new Date('0001-01-01T00:00:00Z'),
      max: new Date('9999-12-31T23:59:59Z'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(dates, (date) => {
        const instant = `${date.toISOString().slice(0, 19)}Z`;

        expect(utcMs(instant)).toBe(Date.parse(instant));
      }),
      { numRuns: 2000 },
    );
  });
});
