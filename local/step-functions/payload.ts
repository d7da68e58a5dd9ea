/**
 * A JSON value together with its text. The text is what history, quotas and the wire need, and is
 * made once: the output of a state and the input of the next share it. Values are never changed
 * in place; what crosses to a lambda is parsed anew.
 */
import { MAX_PAYLOAD_BYTES } from './quotas.ts';

export interface Payload {
  readonly value: unknown;
  readonly text: string;
}

/** Turns what JSONata or a lambda returned into plain JSON; `undefined` is null, as in Lambda. */
export function payloadOf(value: unknown): Payload {
  const text = JSON.stringify(value) ?? 'null';
  return typeof value === 'string' ? { value, text } : payloadFromText(text);
}

export function payloadFromText(text: string): Payload {
  const value: unknown = JSON.parse(text);
  return { value, text };
}

/** Counted in UTF-8 bytes. A JavaScript character takes at most three of them. */
export function isTooLarge(text: string, maxBytes: number = MAX_PAYLOAD_BYTES): boolean {
  return text.length * 3 > maxBytes && Buffer.byteLength(text) > maxBytes;
}
