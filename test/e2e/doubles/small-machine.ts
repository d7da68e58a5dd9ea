/** A machine of a few states and one lambda for all of its tasks, which does as its event says. */
import { setTimeout as delay } from 'node:timers/promises';
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  type DescribeExecutionCommandOutput,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { ACCOUNT_ID, REGION } from '../surroundings.ts';
import { deployStack } from './small-stack.ts';

const LOOK_EVERY_MS = 50;
const FUNCTION = 'obedient';
const ROLE = `arn:aws:iam::${ACCOUNT_ID}:role/small`;
export const FUNCTION_ARN = `arn:aws:lambda:${REGION}:${ACCOUNT_ID}:function:${FUNCTION}`;

/** Writes `say` as a line of `file`, waits for the file `until`, then throws its error as often as it is to. */
const CODE = `
const { appendFileSync, existsSync, readFileSync } = require('node:fs');
class LostRaceError extends Error {
  name = 'LostRaceError';
}
exports.handler = async ({ file, say, until = file, failures = 0, answer = null }) => {
  appendFileSync(file, say + '\\n');
  while (!existsSync(until)) await new Promise((resolve) => setTimeout(resolve, 20));
  const calls = readFileSync(file, 'utf8').trim().split('\\n').length;
  if (calls <= failures) throw new LostRaceError('on purpose');
  return answer;
};`;

const sfn = new SFNClient({});

export async function deployLambda(): Promise<void> {
  const status = await deployStack('CreateStack', FUNCTION, {
    Function: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        FunctionName: FUNCTION,
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        Role: ROLE,
        Code: { ZipFile: CODE },
      },
    },
  });
  if (status !== 'CREATE_COMPLETE') throw new Error(`the lambda's stack: ${status}`);
}

/** Creates the machine and starts it; returns the execution's ARN. */
export async function startMachine(
  name: string,
  states: Readonly<Record<string, object>>,
  input: Readonly<Record<string, unknown>>,
): Promise<string> {
  const definition = JSON.stringify({
    QueryLanguage: 'JSONata',
    StartAt: Object.keys(states)[0],
    States: states,
  });
  const { stateMachineArn } = await sfn.send(
    new CreateStateMachineCommand({ name, definition, roleArn: ROLE }),
  );
  const { executionArn = '' } = await sfn.send(
    new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(input) }),
  );
  return executionArn;
}

/** The execution when it runs no more. */
export async function execution(executionArn: string): Promise<DescribeExecutionCommandOutput> {
  for (;;) {
    const seen = await sfn.send(new DescribeExecutionCommand({ executionArn }));
    if (seen.status !== 'RUNNING') return seen;
    await delay(LOOK_EVERY_MS);
  }
}
