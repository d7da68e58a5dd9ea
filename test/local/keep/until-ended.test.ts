import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { untilEnded } from '#local/keep/until-ended.ts';

function program() {
  const exits: number[] = [];
  const emitter = new EventEmitter();
  return Object.assign(emitter, { exits, exit: (code: number) => void exits.push(code) });
}

describe('a signal to end', () => {
  it.each(['SIGINT', 'SIGTERM'])('is passed on: %s', (signal) => {
    const around = program();
    const ended = untilEnded(around);

    around.emit(signal);

    expect(ended.aborted).toBe(true);
    expect(around.exits).toEqual([]);
  });

  it('ends the program at once when it comes again', () => {
    const around = program();
    untilEnded(around);

    around.emit('SIGTERM');
    around.emit('SIGINT');

    expect(around.exits).toEqual([130]);
  });

  it('leaves its listener in place: others count who is left', () => {
    const around = program();
    untilEnded(around);

    around.emit('SIGINT');

    expect(around.listenerCount('SIGINT')).toBe(1);
  });
});
