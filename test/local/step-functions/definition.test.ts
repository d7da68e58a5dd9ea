import { describe, expect, it } from 'vitest';
import { LAMBDA, Rig } from './rig.ts';

const refusal = (definition: object): string => {
  try {
    new Rig(definition);
    return 'taken';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
};

const one = (state: object, more: object = {}) => ({ StartAt: 'S', States: { S: state }, ...more });
const end = { Type: 'Pass', End: true };
const inner = (assign: object) => ({ StartAt: 'I', States: { I: { ...end, Assign: assign } } });

describe('a definition', () => {
  it.each([
    ['no states', { StartAt: 'S' }, 'States'],
    ['an unknown state type', one({ Type: 'Nap', End: true }), 'Type'],
    [
      'an unknown field',
      one({ ...end, Outptu: 1 }),
      "Field 'Outptu' is not supported at /States/S",
    ],
    [
      'a JSONPath field',
      one({ ...end, ResultPath: '$' }),
      "Field 'ResultPath' belongs to JSONPath",
    ],
    [
      'a JSONPath rule',
      one({ Type: 'Choice', Choices: [{ Variable: '$.a', Condition: true, Next: 'S' }] }),
      "Field 'Variable' belongs to JSONPath",
    ],
    [
      'an ItemReader',
      one({ Type: 'Map', ItemReader: {}, End: true }),
      "'ItemReader' is not emulated",
    ],
    [
      'a missing start',
      { StartAt: 'X', States: { S: end } },
      "Missing 'Next' target: X at /StartAt",
    ],
    ['a missing next', one({ Type: 'Pass', Next: 'X' }), "Missing 'Next' target: X at /States/S"],
    [
      'a missing default',
      one({ Type: 'Choice', Choices: [{ Condition: true, Next: 'S' }], Default: 'X' }),
      "'Next' target: X",
    ],
    [
      'a missing choice',
      one({ Type: 'Choice', Choices: [{ Condition: true, Next: 'X' }] }),
      "'Next' target: X",
    ],
    [
      'a missing catch',
      one({
        Type: 'Task',
        Resource: LAMBDA,
        End: true,
        Catch: [{ ErrorEquals: ['A'], Next: 'X' }],
      }),
      "'Next' target: X",
    ],
    [
      'an empty ErrorEquals',
      one({ Type: 'Task', Resource: LAMBDA, End: true, Catch: [{ ErrorEquals: [], Next: 'S' }] }),
      'ErrorEquals',
    ],
    ['no way on', one({ Type: 'Pass' }), "either 'Next' or 'End'"],
    ['two ways on', one({ ...end, Next: 'S' }), "either 'Next' or 'End'"],
    ['a Wait without an end', one({ Type: 'Wait', End: true }), "either 'Seconds' or 'Timestamp'"],
    ['a Map without a processor', one({ Type: 'Map', End: true }), 'required: [ItemProcessor]'],
    [
      'another integration',
      one({ Type: 'Task', Resource: 'arn:aws:states:::sqs:sendMessage', End: true }),
      'sqs:sendMessage is not emulated',
    ],
    [
      'another way to call a lambda',
      one({ Type: 'Task', Resource: 'arn:aws:states:::lambda:listFunctions', End: true }),
      'is not emulated',
    ],
    [
      'an expression that does not parse',
      one({ ...end, Output: { a: '{% 1 + %}' } }),
      "'1 +' does not parse",
    ],
    [
      'an expression within a branch',
      one({ Type: 'Parallel', End: true, Branches: [inner({ a: '{% ( %}' })] }),
      'at /States/S/Branches[0]/States/I',
    ],
    [
      'a variable of an outer scope assigned within',
      {
        StartAt: 'S',
        States: {
          S: { Type: 'Pass', Assign: { v: 1 }, Next: 'P' },
          P: { Type: 'Parallel', Branches: [inner({ v: 2 })], End: true },
        },
      },
      "Variable 'v' is assigned in an outer scope already at /States/P/Branches[0]/States/I",
    ],
  ])('is refused for %s', (_, definition, message) => {
    expect(refusal(definition)).toContain('Invalid State Machine Definition: ');
    expect(refusal(definition)).toContain(message);
  });

  it('is refused when it is not JSON', async () => {
    const rig = new Rig(one(end));
    const request = { name: 'other', roleArn: 'arn:role', definition: '{' };

    await expect(rig.sfn.apply('CreateStateMachine', request)).rejects.toMatchObject({
      code: 'InvalidDefinition',
      message: expect.stringContaining('INVALID_JSON_DESCRIPTION'),
    });
  });

  it.each([
    [
      'the same variable in two branches',
      one({ Type: 'Parallel', Branches: [inner({ v: 1 }), inner({ v: 2 })], End: true }),
    ],
    [
      'an outer variable’s name within a Distributed Map, which does not see it',
      one({
        Type: 'Map',
        Assign: { v: 1 },
        ItemProcessor: { ProcessorConfig: { Mode: 'DISTRIBUTED' }, ...inner({ v: 2 }) },
        End: true,
      }),
    ],
    [
      'text that only looks like JSONata in another language',
      one({ ...end, Result: '{% ( %}' }, { QueryLanguage: 'JSONPath' }),
    ],
  ])('is taken with %s', (_, definition) => {
    expect(refusal(definition)).toBe('taken');
  });
});
