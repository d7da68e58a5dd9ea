/**
 * What a lambda's code can call, as IAM writes it: `dynamodb:GetItem on <Rollouts.Arn>`. Each SDK command that
 * is made in a function which the lambda reaches counts, with every table that callers in its code hand down.
 */
import * as z from 'zod';
import { flattenReference } from '#lib/nag.ts';
import { actionOf } from '#test/cloud/granted-actions.ts';
import { fieldOf, keysOf, objectAround, wordsOf } from './code-flow.ts';
import { constantsOf, type Expression, importsOf, type OwnCode, referencesTo } from './own-code.ts';
import { HERE } from './template.ts';

/** A function's environment as the template gives it. */
export type Variables = Readonly<Record<string, unknown>>;
type Value = (variable: string) => string;

/** What a lambda may import beside the SDK: none of them calls AWS. */
const QUIET = [
  '@aws-lambda-powertools/logger',
  '@aws-lambda-powertools/metrics',
  '@middy/core',
  'node:crypto',
  're2js',
  'semver/classes/range.js',
  'semver/classes/semver.js',
  'semver/functions/compare.js',
  'semver/functions/parse.js',
  'semver/functions/satisfies.js',
  'semver/ranges/valid.js',
  'zod',
];

const arnOf = (reference: string) => reference.replace(/>$/, '.Arn>');

/** Where an action works, if not on a table: what a lambda can mean by it, and no wider. */
export const PLACES: Readonly<Record<string, (value: Value) => string[]>> = {
  'ec2:DescribeInstances': () => ['*'],
  'ecr:DescribeImages': () => [`arn:<AWS::Partition>:ecr:${HERE}:repository/*`],
  // Asked for no name, ECR asks for the grant on every repository.
  'ecr:DescribeRepositories': () => [`arn:<AWS::Partition>:ecr:${HERE}:repository/*`],
  'events:PutEvents': (value) => [arnOf(value('BUS_NAME'))],
  // Policies name them; only those of the stack's own account and region can be meant.
  'sns:Publish': () => [`arn:<AWS::Partition>:sns:${HERE}:*`],
  'sqs:SendMessage': (value) => [arnOf(value('IMAGE_QUEUE_URL'))],
  'ssm:DescribeInstanceInformation': () => ['*'],
  'ssm:ListCommandInvocations': () => ['*'],
  'ssm:ListCommands': () => ['*'],
  'ssm:SendCommand': (value) => [
    `arn:<AWS::Partition>:ssm:${HERE}:document/${value('STACK_NAME')}-host-*`,
    `arn:<AWS::Partition>:ec2:${HERE}:instance/*`,
    `arn:<AWS::Partition>:ssm:${HERE}:managed-instance/*`,
  ],
  'states:DescribeExecution': (value) => [
    `${value('ROLLOUT_MACHINE_ARN').replace(':stateMachine:', ':execution:')}:*`,
  ],
  'states:RedriveExecution': (value) => [
    `${value('ROLLOUT_MACHINE_ARN').replace(':stateMachine:', ':execution:')}:*`,
  ],
  // A chunk's token belongs to a child of a Map, whose machine ends in the Map's label.
  'states:SendTaskSuccess': (value) => [
    value('ROLLOUT_MACHINE_ARN'),
    `${value('ROLLOUT_MACHINE_ARN')}/*`,
  ],
  'states:StartExecution': (value) => [value('ROLLOUT_MACHINE_ARN')],
};

/** Every call that the code can make, sorted. Throws for what it cannot follow. */
export async function calledActions(code: OwnCode, variables: Variables): Promise<string[]> {
  const value: Value = (variable) => {
    if (!(variable in variables)) throw new Error(`the environment has no ${variable}`);
    return flattenReference(variables[variable]);
  };
  const called = new Set<string>();
  for (const { from, name, given } of commandsOf(code)) {
    const action = await readAction(from, name);
    const isTables = action.startsWith('dynamodb:');
    const places = isTables ? tablesOf(code, given, value) : (PLACES[action]?.(value) ?? []);
    if (places.length === 0) throw new Error(`it cannot be told what ${action} works on`);
    for (const place of places) called.add(`${action} on ${place}`);
  }
  return [...called].sort();
}

interface Command {
  from: string;
  name: string;
  given: Expression;
}

/** Every `new …Command(given)`. Whatever else might call AWS throws. */
function commandsOf(code: OwnCode): Command[] {
  const commands: Command[] = [];
  for (const [local, { from, name }] of importsOf(code)) {
    if (QUIET.includes(from)) continue;
    if (!from.startsWith('@aws-sdk/')) throw new Error(`it cannot be told what ${from} calls`);
    if (name.endsWith('Client')) continue;
    for (const reference of referencesTo(code, local)) {
      const around = code.parents.get(reference);
      const isMade = around?.type === 'NewExpression' && around.callee === reference;
      const [given] = isMade ? around.arguments : [];
      if (name.endsWith('Command') && given !== undefined && given.type !== 'SpreadElement') {
        commands.push({ from, name, given });
        continue;
      }
      const isTested = around?.type === 'BinaryExpression' && around.operator === 'instanceof';
      if (!isTested) throw new Error(`it cannot be told what ${name} calls`);
    }
  }
  return commands;
}

const Schema = z.tuple([z.number(), z.string(), z.string()]).rest(z.unknown());
const Made = z.union([
  z.object({ clientCommand: z.object({ schema: Schema }) }).transform((made) => made.clientCommand),
  z.object({ schema: Schema }),
]);
const Constructor = z.custom<new (input: object) => unknown>((one) => typeof one === 'function');

/** The operation of a command, from the SDK's own model of it; lib-dynamodb's hold one of the client's. */
async function readAction(from: string, name: string): Promise<string> {
  const sdk: Record<string, unknown> = await import(from);
  const Command = Constructor.parse(sdk[name]);
  const [, namespace, operation] = Made.parse(new Command({})).schema;
  return actionOf(namespace.replace('com.amazonaws.', ''), operation);
}

function tablesOf(code: OwnCode, given: Expression, value: Value): string[] {
  const arnsOf = (table: Expression) =>
    wordsOf(code, table).map((word) => arnOf(value(variableOf(code, word))));
  const batched = fieldOf(code, given, 'RequestItems').flatMap((items) => keysOf(code, items));
  let indexes = fieldOf(code, given, 'IndexName').length;
  const named = fieldOf(code, given, 'TableName').flatMap((table) => {
    const beside = fieldOf(code, objectAround(code, table), 'IndexName');
    indexes -= beside.length;
    if (beside.length === 0) return arnsOf(table);
    const names = beside.flatMap((index) => wordsOf(code, index));
    return arnsOf(table).flatMap((arn) => names.map((name) => `${arn}/index/${name}`));
  });
  if (indexes !== 0) throw new Error('an index has to stand beside its table');
  return [...batched.flatMap(arnsOf), ...named];
}

/** The variable that a field of the store holds: `policies: env.POLICIES_TABLE`. */
function variableOf(code: OwnCode, field: string): string {
  const [variable, ...others] = constantsOf(code, field);
  if (variable === undefined || others.length > 0) {
    throw new Error(`it cannot be told which table ${field} is`);
  }
  return variable;
}
