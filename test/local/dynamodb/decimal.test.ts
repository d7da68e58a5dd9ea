import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addNumbers,
  canonicalNumber,
  compareNumbers,
  numberBytes,
} from '#local/dynamodb/decimal.ts';

/** Up to 19 digits on either side of the point, so that a sum keeps within 38. */
const numbers = fc
  .tuple(fc.bigInt({ min: -(10n ** 17n), max: 10n ** 17n }), fc.integer({ min: 0, max: 17 }))
  .map(([units, scale]) => ({ units, scale, text: canonicalNumber(`${units}e-${scale}`) }));

const scaledTo17 = ({ units, scale }: { units: bigint; scale: number }) =>
  units * 10n ** BigInt(17 - scale);

describe('the canonical form of a number', () => {
  it.each([
    ['0', '0'],
    ['-0', '0'],
    ['0.0', '0'],
    ['00012', '12'],
    ['+7', '7'],
    ['.5', '0.5'],
    ['5.', '5'],
    ['1.50', '1.5'],
    ['-1.50', '-1.5'],
    ['1e3', '1000'],
    ['1.23E5', '123000'],
    ['12e-1', '1.2'],
    ['-1e-5', '-0.00001'],
    ['123456.7890', '123456.789'],
    ['1e-130', `0.${'0'.repeat(129)}1`],
    ['1e125', `1${'0'.repeat(125)}`],
  ])('of %s is %s', (text, expected) => {
    expect(canonicalNumber(text)).toBe(expected);
  });

  it.each(['', ' ', '.', '-', 'e5', '1e', '0x1', '1_0', 'NaN', 'Infinity', '1 ', '--1', '1.2.3'])(
    'is none of "%s"',
    (text) => {
      expect(() => canonicalNumber(text)).toThrow('cannot be converted to a numeric value');
    },
  );

  it.each([
    ['1e126', 'overflow'],
    ['1e-131', 'underflow'],
    ['1'.repeat(39), 'more than 38 significant digits'],
  ])('has no room for %s', (text, fault) => {
    expect(() => canonicalNumber(text)).toThrow(fault);
  });

  it('is its own canonical form', () => {
    fc.assert(
      fc.property(numbers, ({ text }) => {
        expect(canonicalNumber(text)).toBe(text);
      }),
    );
  });
});

describe('comparing numbers', () => {
  it('orders as the values are ordered', () => {
    fc.assert(
      fc.property(numbers, numbers, (left, right) => {
        const expected = scaledTo17(left) - scaledTo17(right);

        const order = compareNumbers(left.text, right.text);

        expect(Math.sign(order)).toBe(expected < 0n ? -1 : expected > 0n ? 1 : 0);
      }),
    );
  });

  it('tells numbers apart that are one double', () => {
    expect(compareNumbers('9007199254740993', '9007199254740992')).toBeGreaterThan(0);
    expect(compareNumbers('0.10000000000000000001', '0.10000000000000000002')).toBeLessThan(0);
  });
});

describe('adding numbers', () => {
  it('is exact', () => {
    fc.assert(
      fc.property(numbers, numbers, fc.constantFrom(1, -1), (left, right, sign) => {
        const units = scaledTo17(left) + BigInt(sign) * scaledTo17(right);

        const sum = addNumbers(left.text, right.text, sign as 1 | -1);

        expect(sum).toBe(canonicalNumber(`${units}e-17`));
      }),
    );
  });

  it('refuses a sum of more than 38 digits', () => {
    expect(() =>
      addNumbers('1e20'.replace('e20', '0'.repeat(20)), '0.'.padEnd(21, '0').concat('1')),
    ).toThrow('precision up to 38 digits');
  });
});

/** Measured with DynamoDB Local: the size of a table that holds the number. */
it.each([
  ['0', 1],
  ['1', 2],
  ['12', 2],
  ['123', 3],
  ['1234', 3],
  ['-1', 3],
  ['-123', 4],
  ['100', 2],
  ['0.1', 2],
  ['0.001', 2],
  ['1.5', 3],
  ['10.5', 3],
  ['12345678901234567890123456789012345678', 20],
])('counts %s as %i bytes', (text, bytes) => {
  expect(numberBytes(text)).toBe(bytes);
});
