/**
 * An order of tags that only breaks ties: two images pushed in one second, two tags on one image.
 *
 * Numbers count as numbers (v10 over v9), a version goes over a word (1.2.3 over latest), the more
 * precise over the less (1.2.3 over 1.2), and a plain version over one with a suffix (v3 over
 * v3-again). The order is total: of two different tags one is always the greater.
 */
export function compareTags(one: string, other: string): number {
  return compareText(rankTag(one), rankTag(other)) || compareText(one, other);
}

/** By code units, so that no locale has a say. */
export function compareText(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

/** A text whose plain order is the order of tags. */
function rankTag(tag: string): string {
  const isVersion = /^v?\d/.test(tag);
  const suffixesFirst = `${tag.replaceAll(/[-_]/g, '\u0001')}\u0002`;
  return (isVersion ? '1' : '0') + suffixesFirst.replaceAll(/\d+/g, rankNumber);
}

/** Of two numbers without leading zeros the one with more digits is the greater. */
function rankNumber(digits: string): string {
  const plain = digits.replace(/^0+(?=\d)/, '');
  return String.fromCharCode(0x100 + plain.length) + plain;
}
