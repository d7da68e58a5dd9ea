/** A stack of CloudFormation with a few resources, by the query protocol. */
import { setTimeout as delay } from 'node:timers/promises';
import { AWS_ENVIRONMENT, REGION } from '../surroundings.ts';

const LOOK_EVERY_MS = 100;

export type Resources = Readonly<
  Record<string, { Type: string; Properties: Record<string, unknown> }>
>;

/** Creates the stack or changes it; resolves with its last status. */
export async function deployStack(
  action: 'CreateStack' | 'UpdateStack',
  StackName: string,
  Resources: Resources,
): Promise<string> {
  await ask(action, { StackName, TemplateBody: JSON.stringify({ Resources }) });
  return lastStatus(StackName);
}

export async function deleteStack(StackName: string): Promise<string> {
  await ask('DeleteStack', { StackName });
  return lastStatus(StackName);
}

async function lastStatus(StackName: string): Promise<string> {
  for (;;) {
    const said = await ask('DescribeStacks', { StackName });
    const status = /<StackStatus>(\w+)</.exec(said)?.[1];
    if (status === undefined || status === 'DELETE_COMPLETE') return 'DELETE_COMPLETE';
    if (!status.endsWith('_IN_PROGRESS')) return status;
    await delay(LOOK_EVERY_MS);
  }
}

async function ask(Action: string, parameters: Record<string, string>): Promise<string> {
  const scope = `test/20260101/${REGION}/cloudformation/aws4_request`;
  const answer = await fetch(AWS_ENVIRONMENT.AWS_ENDPOINT_URL, {
    method: 'POST',
    headers: {
      authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`,
    },
    body: new URLSearchParams({ Action, Version: '2010-05-15', ...parameters }),
  });
  const text = await answer.text();
  if (answer.ok || text.includes('does not exist')) return text;
  throw new Error(`${Action}: ${answer.status} ${text}`);
}
