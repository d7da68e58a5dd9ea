/**
 * Everything in the embedded cloud that is left to chance is drawn from one function `() => number`
 * in [0, 1), so that a seed replays a run. Nothing in local/ may call Math.random.
 */
export type Random = () => number;

/** A range of milliseconds to draw from: `[least, most]`. */
export type RangeMs = readonly [leastMs: number, mostMs: number];

/** mulberry32: 32 bits of state, equal on every engine. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Whole milliseconds. */
export function drawMs(random: Random, [leastMs, mostMs]: RangeMs): number {
  return Math.round(leastMs + random() * (mostMs - leastMs));
}

export function drawHex(random: Random, length: number): string {
  let text = '';
  while (text.length < length) {
    text += Math.floor(random() * 0x1_0000_0000)
      .toString(16)
      .padStart(8, '0');
  }
  return text.slice(0, length);
}

/** In the form of a random (version 4) UUID, as AWS gives to commands, events and requests. */
export function drawUuid(random: Random): string {
  const hex = drawHex(random, 32);
  const variant = '89ab'.charAt(Number.parseInt(hex.charAt(16), 16) % 4);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}

/** A number in [0, 1) that depends on the text alone (FNV-1a): a share of the fleet that stays the same. */
export function shareOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x45d9f3b);
  return ((hash ^ (hash >>> 15)) >>> 0) / 4_294_967_296;
}
