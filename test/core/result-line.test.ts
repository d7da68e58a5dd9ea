import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatResultLine, HostResult, parseResultLine } from '#core/result-line.ts';
import { aResult, digestOf, V1 } from './fixtures.ts';

const digest = fc.constantFrom('', V1, digestOf('a'));
const count = fc.integer({ min: 0, max: 2_000_000_000 });
const word = fc.stringMatching(/^[A-Za-z0-9._-]{0,40}$/);

/** What hosts answer, one row for each kind of answer. */
const SOUND: readonly Partial<HostResult>[] = [
  { op: 'update', outcome: 'updated', code: 0, changed: true, healthy: true },
  { op: 'update', outcome: 'unchanged', code: 0, changed: false, healthy: true },
  { op: 'update', outcome: 'unhealthy', code: 4, changed: true, healthy: false },
  { op: 'update', outcome: 'unhealthy', code: 4, changed: false, healthy: false },
  { op: 'update', outcome: 'rolled_back', code: 2, changed: true, healthy: true },
  { op: 'update', outcome: 'rolled_back', code: 2, changed: true, healthy: false, new: '' },
  { op: 'update', outcome: 'rolled_back_unhealthy', code: 5, changed: true, healthy: false },
  { op: 'update', outcome: 'failed', code: 36, changed: false, healthy: false },
  { op: 'update', outcome: 'failed', code: 41, changed: true, healthy: false },
  { op: 'update', outcome: 'refused', code: 45, changed: false, healthy: false },
  { op: 'update', outcome: 'busy', code: 11, changed: false, healthy: false },
  { op: 'probe', outcome: 'healthy', code: 0, changed: false, healthy: true },
  { op: 'probe', outcome: 'unhealthy', code: 4, changed: false, healthy: false },
  { op: 'probe', outcome: 'failed', code: 33, changed: false, healthy: false },
  { op: 'restore', outcome: 'restored', code: 0, changed: true, healthy: true },
  { op: 'restore', outcome: 'restored', code: 0, changed: true, healthy: false, new: '' },
  { op: 'restore', outcome: 'unchanged', code: 0, changed: false, healthy: true },
  { op: 'restore', outcome: 'unchanged', code: 0, changed: false, healthy: false },
  { op: 'restore', outcome: 'rolled_back_unhealthy', code: 5, changed: true, healthy: false },
  { op: 'restore', outcome: 'failed', code: 34, changed: false, healthy: false },
  { op: 'restore', outcome: 'refused', code: 12, changed: false, healthy: false },
  { op: 'status', outcome: 'status', code: 0, changed: false, healthy: true },
  { op: 'status', outcome: 'status', code: 0, changed: false, healthy: false },
  { op: 'status', outcome: 'failed', code: 30, changed: false, healthy: false },
  { op: 'status', outcome: 'refused', code: 20, changed: false, healthy: false },
];
const REMEMBERED: readonly Partial<HostResult>[] = [
  {},
  { last_op: '', last_outcome: '', last_code: 0 },
  { last_outcome: 'updated' },
  { last_op: 'update', last_outcome: 'rolled_back', last_code: 2 },
  { last_op: 'restore', last_outcome: 'failed', last_code: 41 },
];

const results: fc.Arbitrary<HostResult> = fc
  .tuple(
    fc.record(
      {
        rollout: word,
        gen: count,
        step: count,
        cmd: word,
        old: digest,
        new: digest,
        ref: word,
        prev_ready: fc.boolean(),
        sec: count,
        phase: word,
        detail: fc.stringMatching(/^[ -~]{0,240}$/),
        fence_gen: count,
        fence_step: count,
      },
      { requiredKeys: ['rollout', 'gen', 'step'] },
    ),
    fc.constantFrom(...SOUND),
    fc.constantFrom(...REMEMBERED),
  )
  .map(([told, answer, last]) => HostResult.parse({ ...aResult(), ...told, ...answer, ...last }));

/** A line as a host might write it, true or not. */
function lineOf(fields: Record<string, unknown>): string {
  return `HS1 ${JSON.stringify({ ...aResult(), ...fields })}`;
}

describe('a result line', () => {
  it('is read back as it was made, whatever else was printed before and after it', () => {
    const noise = fc.stringMatching(/^[ -~]{0,20}$/).filter((text) => !text.startsWith('HS1 '));
    const law = fc.property(results, fc.array(noise), fc.array(noise), (result, above, below) => {
      const output = [...above, formatResultLine(result), ...below].join('\n');

      expect(parseResultLine(output)).toEqual(result);
    });

    fc.assert(law);
  });

  it('has no line break and at most 1,500 bytes', () => {
    const law = fc.property(results, (result) => {
      expect(formatResultLine(result)).toMatch(/^HS1 [ -~]{1,1496}$/);
    });

    fc.assert(law);
  });

  it('that was cut anywhere is no answer, also where another stands before it', () => {
    const law = fc.property(results, fc.nat(), (result, at) => {
      const line = formatResultLine(result);
      const cut = line.slice(0, at % line.length);

      expect(parseResultLine(cut)).toBeUndefined();
      expect(parseResultLine(`${line}\nHS1 ${cut}`)).toBeUndefined();
    });

    fc.assert(law);
  });

  it('that is the last counts', () => {
    const first = formatResultLine(aResult({ step: 1 }));
    const last = formatResultLine(aResult({ step: 2 }));

    expect(parseResultLine(`${first}\n${last}\n`)?.step).toBe(2);
  });

  it('counts to the last of its 1,500 bytes, and not beyond', () => {
    const bare = formatResultLine(aResult({ phase: '' })).length;
    const full = formatResultLine(aResult({ phase: 'x'.repeat(1_500 - bare) }));

    expect(full).toHaveLength(1_500);
    expect(parseResultLine(full)).toBeDefined();
    expect(parseResultLine(full.replace('xx', 'xxx'))).toBeUndefined();
    expect(() => formatResultLine(aResult({ phase: 'x'.repeat(1_501 - bare) }))).toThrow(
      new RangeError('result line: 1501 bytes are too many'),
    );
  });

  const line = formatResultLine(aResult());

  it.each([
    { what: 'nothing', output: '' },
    { what: 'no line of ours', output: 'updated\n{"v":1}' },
    { what: 'a mark in the middle of a line', output: `> ${line}` },
    { what: 'no JSON', output: 'HS1 updated' },
    { what: 'JSON of something else', output: 'HS1 []' },
    { what: 'a later version', output: line.replace('"v":1', '"v":2') },
    { what: 'an unknown member', output: line.replace('{', '{"hook":1,') },
    { what: 'a missing member', output: line.replace('"changed":true,', '') },
    { what: 'an unknown outcome', output: line.replace('"updated"', '"great"') },
    { what: 'a digest that is none', output: line.replace(V1, 'sha256:1') },
    { what: 'another mark', output: line.replace('HS1', 'HS2') },
  ])('that cannot be believed is no answer: $what', ({ output }) => {
    expect(output).not.toBe(line);
    expect(parseResultLine(output)).toBeUndefined();
  });
});

describe('a line that contradicts itself', () => {
  it.each(SOUND)('is none of these: $op $outcome $code', (fields) => {
    expect(parseResultLine(lineOf(fields))).toMatchObject(fields);
  });

  it.each([
    { outcome: 'updated', own: 0, op: 'update' },
    { outcome: 'unchanged', own: 0, op: 'update', changed: false },
    { outcome: 'rolled_back', own: 2, op: 'update' },
    { outcome: 'unhealthy', own: 4, op: 'update', healthy: false },
    { outcome: 'rolled_back_unhealthy', own: 5, op: 'update', healthy: false },
    { outcome: 'busy', own: 11, op: 'update' },
    { outcome: 'healthy', own: 0, op: 'probe' },
    { outcome: 'restored', own: 0, op: 'restore' },
    { outcome: 'status', own: 0, op: 'status' },
  ])('is no answer where $outcome has another code than $own', ({ own, ...fields }) => {
    const codes = Array.from({ length: 100 }, (_, code) => code);

    const taken = codes.filter((code) => parseResultLine(lineOf({ ...fields, code })));

    expect(taken).toEqual([own]);
  });

  it.each(['failed', 'refused'])('is no answer where %s has the code of another', (outcome) => {
    const codes = Array.from({ length: 100 }, (_, code) => code);

    const refused = codes.filter((code) => !parseResultLine(lineOf({ outcome, code })));

    expect(refused).toEqual([0, 2, 4, 5, 11]);
  });

  it.each([
    { op: 'update', outcomes: ['restored', 'healthy', 'status'] },
    {
      op: 'probe',
      outcomes: [
        'updated',
        'unchanged',
        'restored',
        'rolled_back',
        'rolled_back_unhealthy',
        'status',
      ],
    },
    { op: 'restore', outcomes: ['updated', 'healthy', 'rolled_back', 'status'] },
    {
      op: 'status',
      outcomes: [
        'updated',
        'unchanged',
        'restored',
        'healthy',
        'unhealthy',
        'rolled_back',
        'rolled_back_unhealthy',
      ],
    },
  ])('is no answer where $op cannot have come to it', ({ op, outcomes }) => {
    const words = [...new Set(SOUND.map(({ outcome }) => outcome))];
    const kinds = SOUND.map(({ op: _op, ...kind }) => kind);

    const taken = kinds.filter((kind) => parseResultLine(lineOf({ ...kind, op })));

    const rest = words.filter((word) => !taken.some(({ outcome }) => outcome === word));
    expect(rest.toSorted()).toEqual(outcomes.toSorted());
  });

  it.each([
    { what: 'updated, and changed nothing', fields: { changed: false } },
    { what: 'updated, and unhealthy', fields: { healthy: false } },
    { what: 'unchanged, and changed', fields: { outcome: 'unchanged' } },
    {
      what: 'unchanged by an update, and unhealthy',
      fields: { outcome: 'unchanged', changed: false, healthy: false },
    },
    {
      what: 'unchanged by a restore, and changed',
      fields: { op: 'restore', outcome: 'unchanged' },
    },
    {
      what: 'healthy, and unhealthy',
      fields: { op: 'probe', outcome: 'healthy', healthy: false },
    },
    { what: 'unhealthy, and healthy', fields: { outcome: 'unhealthy', code: 4 } },
    {
      what: 'back and unhealthy, and healthy',
      fields: { outcome: 'rolled_back_unhealthy', code: 5 },
    },
  ])('is no answer: $what', ({ fields }) => {
    expect(parseResultLine(lineOf(fields))).toBeUndefined();
  });

  it.each([
    { what: 'another code than its outcome', last: { last_outcome: 'updated', last_code: 36 } },
    { what: 'a failure without a code', last: { last_outcome: 'failed', last_code: 0 } },
    { what: 'no outcome that there is', last: { last_outcome: 'great', last_code: 0 } },
    { what: 'no action that there is', last: { last_op: 'reboot', last_outcome: 'updated' } },
    { what: 'an outcome of another action', last: { last_op: 'restore', last_outcome: 'updated' } },
  ])('is no answer where what it remembers has $what', ({ last }) => {
    const told = { op: 'status', outcome: 'status', changed: false };
    const sound = { last_op: 'update', last_outcome: 'updated', last_code: 0 };

    expect(parseResultLine(lineOf({ ...told, ...sound }))).toMatchObject(sound);
    expect(parseResultLine(lineOf({ ...told, ...sound, ...last }))).toBeUndefined();
  });

  it('is not written either', () => {
    expect(() => formatResultLine(aResult({ code: 4 }))).toThrow();
  });
});
