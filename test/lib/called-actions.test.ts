/** What a lambda's code calls and what its role grants are one set: neither changes without the other. */
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { LAMBDA_NAMES, type LambdaName } from '#lib/lambda-list.ts';
import { flattenReference } from '#lib/nag.ts';
import { calledActions, PLACES } from './called-actions.ts';
import { type OwnCode, parseOwnCode, variablesRead } from './own-code.ts';
import { grantsOf, named, ofType, type Resources, synthesize } from './template.ts';
import type { PropertiesOf } from './template-shapes.ts';

const resources = synthesize();
const traced = synthesize({ settings: { tracing: true } });

const CODES = new Map<LambdaName, OwnCode>();
function codeOf(name: LambdaName): OwnCode {
  const known = CODES.get(name);
  if (known !== undefined) return known;
  const code = parseOwnCode(path.join(import.meta.dirname, '..', '..', 'lambdas', `${name}.ts`));
  CODES.set(name, code);
  return code;
}

interface Deployed {
  stack: Resources;
  id: string;
  Properties: PropertiesOf<'AWS::Lambda::Function'>;
}

function deployed(stack: Resources, name: LambdaName): Deployed {
  return { stack, ...named(stack, 'AWS::Lambda::Function', `Longshore-${name}`) };
}

/** What no code calls, but Lambda does with the function's role: for whom, and on what. */
const BY_LAMBDA: Record<string, { actions: string[]; on: (one: Deployed) => unknown[] }> = {
  'what the function prints goes to its log': {
    actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
    on: ({ Properties }) => [{ 'Fn::GetAtt': [Properties.LoggingConfig.LogGroup.Ref, 'Arn'] }],
  },
  'messages are fetched for the function, and deleted when it has worked': {
    actions: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
    on: ({ stack, id }) =>
      ofType(stack, 'AWS::Lambda::EventSourceMapping')
        .filter(([, { Properties }]) => Properties.FunctionName.Ref === id)
        .map(([, { Properties }]) => Properties.EventSourceArn),
  },
  'an event that failed every time is kept': {
    actions: ['sqs:SendMessage'],
    on: ({ stack, id }) =>
      ofType(stack, 'AWS::Lambda::EventInvokeConfig')
        .filter(([, { Properties }]) => Properties.FunctionName.Ref === id)
        .flatMap(([, { Properties }]) => Properties.DestinationConfig?.OnFailure.Destination ?? []),
  },
  'invocations are traced': {
    actions: [
      'xray:PutTraceSegments',
      'xray:PutTelemetryRecords',
      'xray:GetSamplingRules',
      'xray:GetSamplingTargets',
    ],
    on: ({ Properties }) => (Properties.TracingConfig?.Mode === 'Active' ? ['*'] : []),
  },
};

function calledByLambda(one: Deployed): string[] {
  return Object.values(BY_LAMBDA).flatMap(({ actions, on }) =>
    on(one).flatMap((place) => actions.map((action) => `${action} on ${flattenReference(place)}`)),
  );
}

describe.each([
  ['as it comes', resources],
  ['with tracing', traced],
])('%s', (_, stack) => {
  it.each(LAMBDA_NAMES)('%s is granted what is called, and nothing else', async (name) => {
    const lambda = deployed(stack, name);
    const { Environment, Role } = lambda.Properties;

    const called = await calledActions(codeOf(name), Environment.Variables);

    const all = new Set([...called, ...calledByLambda(lambda)]);
    expect(grantsOf(stack, Role['Fn::GetAtt'][0])).toEqual([...all].sort());
  });
});

it('gives the lambdas the variables that one of them reads, and no others', () => {
  const read = new Set(LAMBDA_NAMES.flatMap((name) => [...variablesRead(codeOf(name))]));

  for (const name of LAMBDA_NAMES) {
    const given = Object.keys(deployed(resources, name).Properties.Environment.Variables);
    // AWS_REGION is Lambda's own.
    expect([...given, 'AWS_REGION'].sort(), name).toEqual([...read].sort());
  }
});

describe('a reason', () => {
  it.each(Object.entries(BY_LAMBDA))('is not left over: %s', (_, { on }) => {
    const given = LAMBDA_NAMES.filter((name) => on(deployed(traced, name)).length > 0);

    expect(given).not.toEqual([]);
  });

  it('is not left over for a place where no lambda calls', async () => {
    const called = await Promise.all(
      LAMBDA_NAMES.map((name) =>
        calledActions(codeOf(name), deployed(resources, name).Properties.Environment.Variables),
      ),
    );
    const actions = new Set(called.flat().map((one) => one.split(' on ')[0]));

    expect(Object.keys(PLACES).filter((action) => !actions.has(action))).toEqual([]);
  });
});
