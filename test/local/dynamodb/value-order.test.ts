import fc from 'fast-check';
import { expect, it } from 'vitest';
import { bytesText, compareTexts } from '#local/dynamodb/value-order.ts';

const texts = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({
    unit: fc.constantFrom('a', '\ud7ff', '\ue000', '\uffff', '\u{10000}', '\u{10ffff}'),
  }),
);

it('orders texts by their UTF-8 bytes', () => {
  fc.assert(
    fc.property(texts, texts, (left, right) => {
      const expected = Buffer.compare(Buffer.from(left), Buffer.from(right));

      expect(Math.sign(compareTexts(left, right))).toBe(expected);
    }),
  );
});

it('orders binaries by unsigned bytes', () => {
  const bytes = fc.uint8Array({ maxLength: 4 });
  fc.assert(
    fc.property(bytes, bytes, (left, right) => {
      const [first, second] = [left, right].map((each) =>
        bytesText(Buffer.from(each).toString('base64')),
      );

      expect(Math.sign(compareTexts(first ?? '', second ?? ''))).toBe(Buffer.compare(left, right));
    }),
  );
});
