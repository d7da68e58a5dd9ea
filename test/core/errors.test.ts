import { describe, expect, it } from 'vitest';
import {
  LostRaceError,
  NotYetError,
  ThrottledError,
  UnreadableItemError,
  unreachable,
} from '#core/errors.ts';

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

describe('a send whose turn comes later', () => {
  it('tells its machine the turn and its instant, in the one text that a machine is told', () => {
    const cause = new Error('why');

    const error = new NotYetError({ turn: 12, untilMs: 1_000 }, { cause });

    expect(error).toMatchObject({ name: 'NotYetError', cause });
    expect(JSON.parse(error.message)).toEqual({ turn: 12, untilMs: 1_000 });
  });
});

describe('a value that cannot be there', () => {
  it('is named', () => {
    expect(() => unreachable('oops' as never)).toThrow(new TypeError('unreachable: "oops"'));
  });
});
