import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluateTemplate } from '#local/step-functions/jsonata.ts';
import { functionsFor } from '#local/step-functions/jsonata-functions.ts';
import { payloadOf } from '#local/step-functions/payload.ts';
import { Rig, START_MS, seededRandom } from './rig.ts';

const functions = functionsFor(() => START_MS, seededRandom(1));

const evaluate = async (expression: string, states: object = {}) => {
  const bindings = { ...functions, states };
  return payloadOf(await evaluateTemplate(`{% ${expression} %}`, 'Output', bindings)).value;
};

const refusal = async (expression: string) => {
  try {
    return `taken: ${JSON.stringify(await evaluate(expression))}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
};

describe('templates', () => {
  it('evaluate whole strings only, at any depth', async () => {
    const template = {
      a: '{% 1 + 1 %}',
      b: ['{% 2 %}', { c: '{%3%}' }],
      spaced: ' {% 4 %} ',
      part: 'x{% 5 %}',
      lines: '{%\n 6\n%}',
      n: 7,
      t: null,
    };

    expect(await evaluateTemplate(template, 'Output', {})).toEqual({
      a: 2,
      b: [2, { c: 3 }],
      spaced: ' {% 4 %} ',
      part: 'x{% 5 %}',
      lines: 6,
      n: 7,
      t: null,
    });
  });

  it.each([
    [{ a: { b: '{% $nothing %}' } }, 'Output/a/b'],
    [{ a: [1, '{% $nothing %}'] }, 'Output/a[1]'],
    ['{% $nothing %}', 'Output'],
  ])('name the field that gave nothing: %j', async (template, location) => {
    await expect(evaluateTemplate(template, 'Output', {})).rejects.toMatchObject({
      location,
      message: `The JSONata expression '$nothing' specified for the field '${location}' returned nothing (undefined).`,
    });
  });
});

describe('the language', () => {
  it.each([
    ['$states.input.n * 2', 84],
    ['[1..3].($ * 2)', [2, 4, 6]],
    ['$map([1,2], function($v) { $v + 1 })', [2, 3]],
    ['$states.input.list[id = "b"].v', 2],
    ['$states.input.list.v', [1, 2]],
    ['{"a": $states.input.n}', { a: 42 }],
    ['($x := 5; $x + 1)', 6],
    ['$exists($states.result)', false],
    ['$sum($states.input.list.v)', 3],
    ['$states.input.nothing ? 1 : 2', 2],
  ])('%s', async (expression, expected) => {
    const input = {
      n: 42,
      list: [
        { id: 'a', v: 1 },
        { id: 'b', v: 2 },
      ],
    };

    expect(await evaluate(expression, { input })).toEqual(expected);
  });

  it.each([
    ['1 + "a"', '. T2002: The right side of the "+" operator must evaluate to a number'],
    ['$abs("x")', '. T0410: Argument 1 of function "abs" does not match function signature'],
    ['$error("so")', '. D3137: so'],
    ['$eval("1")', '. T1006: Attempted to invoke a non-function'],
    ['$nothere(1)', '. T1006: Attempted to invoke a non-function'],
  ])('%s throws%s', async (expression, ending) => {
    const message = await refusal(expression);

    expect(message).toContain("specified for the field 'Output' threw an error during evaluation");
    expect(message).toContain(ending);
  });

  it.each(['a ?? b', 'a ?: b'])('is 2.0.6, without %s', (expression) => {
    expect(() => new Rig(passing(`{% ${expression} %}`))).toThrow('does not parse');
  });

  it.each(['function($x) { $x }', '$sum'])(
    'refuses a function as a result: %s',
    async (expression) => {
      expect(await refusal(expression)).toContain('returned an unsupported result type');
    },
  );
});

const passing = (output: unknown) => ({
  StartAt: 'P',
  States: { P: { Type: 'Pass', Output: output, End: true } },
});

describe('what the service adds', () => {
  it.each([
    ['$partition([1,2,3,4,5], 2)', [[1, 2], [3, 4], [5]]],
    ['$partition([], 2)', []],
    ['$range(0, 10, 5)', [0, 5, 10]],
    ['$range(5, 1, -2)', [5, 3, 1]],
    ['$range(5, 1, 1)', []],
    ['$count($range(1, 360145, 1))', 360_145],
    ['$hash("a", "MD5")', '0cc175b9c0f1b6a831c399e269772661'],
    ['$hash("a", "SHA-1")', '86f7e437faa5a7fce15d1ddcb9eaeaea377667b8'],
    ['$hash("a", "SHA-256")', 'ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb'],
    ['$length($hash("a", "SHA-384"))', 96],
    ['$length($hash("a", "SHA-512"))', 128],
    ['$hash({"a":1}, "MD5") = $hash("{\\"a\\":1}", "MD5")', true],
    ['$parse("{\\"a\\":[1,null]}")', { a: [1, null] }],
    ['$random(7) = $random(7)', true],
    ['$random(7) = $random(8)', false],
    ['$uuid() = $uuid()', false],
    ['$millis()', START_MS],
    ['$now()', '2026-01-01T00:00:00.000Z'],
    ['$now("[Y0001]/[M01]", "+0100")', '2026/01'],
  ])('%s', async (expression, expected) => {
    expect(await evaluate(expression)).toEqual(expected);
  });

  it.each([
    ['$partition(1, 2)', '"partition" must be an array'],
    ['$partition([1], 0)', '"partition" must be positive'],
    ['$partition([1], "2")', '"partition" must be an integer'],
    ['$range(1, 2, 0)', '"range" must not be zero'],
    ['$range(1.5, 2, 1)', '"range" must be an integer'],
    ['$range(1, 360146, 1)', ': Expression evaluation memory limit exceeded'],
    ['$hash("a", "SHA-3")', '"hash" must be one of MD5, SHA-1'],
    ['$parse("{")', 'JSON'],
    ['$parse(5)', '"parse" must be a string'],
    ['$random("x")', '"random" must be an integer'],
  ])('%s is refused', async (expression, message) => {
    expect(await refusal(expression)).toContain(message);
  });

  it('draws numbers in [0, 1) and well-formed identifiers', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), async (seed) => {
        const drawn = await evaluate(`$random(${seed})`);
        expect(drawn).toBeGreaterThanOrEqual(0);
        expect(drawn).toBeLessThan(1);
      }),
    );
    expect(await evaluate('$uuid()')).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
  });
});

describe('results', () => {
  it('are plain JSON, and no later evaluation changes them', async () => {
    const rig = new Rig({
      StartAt: 'A',
      States: {
        A: { Type: 'Pass', Assign: { list: '{% [{"n":1},{"n":2}] %}' }, Next: 'B' },
        B: { Type: 'Pass', Output: '{% $list ~> |$|{"n": 9}| %}', Next: 'C' },
        C: { Type: 'Pass', Output: ['{% $list %}', '{% $states.input %}'], End: true },
      },
    });

    expect(await rig.ending(await rig.run())).toEqual([
      'SUCCEEDED',
      [
        [{ n: 1 }, { n: 2 }],
        [{ n: 9 }, { n: 9 }],
      ],
    ]);
  });

  it('of one expression evaluated by many at once do not mix', async () => {
    const rig = new Rig({
      StartAt: 'M',
      States: {
        M: {
          Type: 'Map',
          Items: '{% $range(1, 30, 1) %}',
          ItemProcessor: {
            StartAt: 'P',
            States: {
              P: { Type: 'Pass', Assign: { mine: '{% $states.input %}' }, Next: 'Q' },
              Q: {
                Type: 'Pass',
                Output: '{% $map([1,2], function($v) { $v * $mine }) %}',
                End: true,
              },
            },
          },
          End: true,
        },
      },
    });

    const expected = Array.from({ length: 30 }, (_, index) => [index + 1, (index + 1) * 2]);
    expect(await rig.ending(await rig.run())).toEqual(['SUCCEEDED', expected]);
  });
});
