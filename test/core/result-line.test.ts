import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatResultLine, HostResult, parseResultLine } from '#core/result-line.ts';
import { aResult, digestOf, V1 } from './fixtures.ts';

const digest = fc.constantFrom('', V1, digestOf('a'));
const count = fc.integer({ min: 0, max: 2_000_000_000 });
const word = fc.stringMatching(/^[A-Za-z0-9._-]{0,40}$/);

const results: fc.Arbitrary<HostResult> = fc
  .record(
    {
      v: fc.constant(1 as const),
      op: fc.constantFrom(...HostResult.shape.op.options),
      rollout: word,
      gen: count,
      step: count,
      cmd: word,
      outcome: fc.constantFrom(...HostResult.shape.outcome.options),
      code: fc.integer({ min: 0, max: 99 }),
      changed: fc.boolean(),
      old: digest,
      new: digest,
      ref: word,
      prev_ready: fc.boolean(),
      healthy: fc.boolean(),
      sec: count,
      phase: word,
      detail: fc.stringMatching(/^[ -~]{0,240}$/),
      fence_gen: count,
      fence_step: count,
      last_op: word,
      last_outcome: word,
      last_code: count,
    },
    { requiredKeys: Object.keys(aResult()) as (keyof HostResult)[] },
  )
  .map((result) => HostResult.parse(result));

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
