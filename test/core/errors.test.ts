import { describe, expect, it } from 'vitest';
import { LostRaceError, ThrottledError, UnreadableItemError, unreachable } from '#core/errors.ts';

describe('an error that a machine reacts to', () => {
  it.each([
    { Class: LostRaceError, name: 'LostRaceError' },
    { Class: ThrottledError, name: 'ThrottledError' },
    { Class: UnreadableItemError, name: 'UnreadableItemError' },
  ])('is called $name in ErrorEquals, and keeps its cause', ({ Class, name }) => {
    const cause = new Error('why');

    const error = new Class('what', { cause });

    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ name, message: 'what', cause });
  });
});

describe('a value that cannot be there', () => {
  it('is named', () => {
    expect(() => unreachable('oops' as never)).toThrow(new TypeError('unreachable: "oops"'));
  });
});
