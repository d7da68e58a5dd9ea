import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { nameOfGuard } from './guard.ts';
import { guards } from './guards.ts';
import { listGuards, listScriptRefusals, readSource } from './list-guards.ts';

/** What no script of the sources can find: a promise that was found by reading. */
const isByReading = (guard: string) =>
  !/ (?:is|judge)[A-Z]\w*$|^aws\/\S+ \w+: |^host: \d/.test(guard);

describe('the guards', () => {
  it('has an entry for every guard of the sources', () => {
    const entries = new Set(guards.map(nameOfGuard));

    expect(listGuards().filter((guard) => !entries.has(guard))).toEqual([]);
  });

  it('has no entry whose guard is gone', () => {
    const listed = new Set(listGuards());

    const gone = guards
      .map(nameOfGuard)
      .filter((guard) => !listed.has(guard) && !isByReading(guard));

    expect(gone).toEqual([]);
  });

  it('finds conditions, refusals and judgements', () => {
    const listed = listGuards();

    expect(listed.filter((guard) => guard.startsWith('aws/')).length).toBeGreaterThanOrEqual(6);
    expect(listed.filter((guard) => guard.startsWith('host: ')).length).toBeGreaterThanOrEqual(12);
    expect(listed.filter((guard) => guard.startsWith('core/')).length).toBeGreaterThanOrEqual(30);
  });

  it('has every refusal of the real script', () => {
    const listed = new Set(listGuards());

    expect(listScriptRefusals().filter((refusal) => !listed.has(refusal))).toEqual([]);
  });

  it('names each entry once', () => {
    expect(new Set(guards.map(({ guard }) => guard)).size).toBe(guards.length);
  });

  it.each(guards.filter((guard) => 'cuts' in guard))(
    'finds the text of $guard once',
    ({ cuts }) => {
      for (const { file, find, put } of cuts) {
        expect(readSource(file).split(find)).toHaveLength(2);
        expect(put).not.toBe(find);
      }
    },
  );

  it.each(guards.filter((guard) => 'heldBy' in guard))(
    'has the test that holds $guard',
    ({ heldBy }) => {
      expect(existsSync(path.join(import.meta.dirname, '../../..', heldBy))).toBe(true);
    },
  );
});
