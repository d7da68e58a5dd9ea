/** What there is in the account, by name: each service is asked for its own list, and its whole answer is read. */
import { AWS_ENVIRONMENT, REGION } from './surroundings.ts';

interface Question {
  /** As in the scope of a signature: MiniStack finds the service by it. */
  service: string;
  /** Of an operation in JSON. */
  target?: string;
  /** Of one in the query protocol. */
  query?: string;
  /** Of one in REST, which is a GET. */
  path?: string;
}

const QUESTIONS: Readonly<Record<string, Question>> = {
  alarms: { service: 'monitoring', query: 'Action=DescribeAlarms&Version=2010-08-01' },
  buses: { service: 'events', target: 'AWSEvents.ListEventBuses' },
  documents: { service: 'ssm', target: 'AmazonSSM.ListDocuments' },
  functions: { service: 'lambda', path: '/2015-03-31/functions/' },
  'event sources': { service: 'lambda', path: '/2015-03-31/event-source-mappings/' },
  'log groups': { service: 'logs', target: 'Logs_20140328.DescribeLogGroups' },
  machines: { service: 'states', target: 'AWSStepFunctions.ListStateMachines' },
  queues: { service: 'sqs', target: 'AmazonSQS.ListQueues' },
  roles: { service: 'iam', query: 'Action=ListRoles&Version=2010-05-08' },
  rules: { service: 'events', target: 'AWSEvents.ListRules' },
  tables: { service: 'dynamodb', target: 'DynamoDB_20120810.ListTables' },
};

export async function listNames(prefix: string): Promise<Record<string, string[]>> {
  const name = new RegExp(`\\b${prefix}[\\w-]*`, 'g');
  const lists: Record<string, string[]> = {};
  for (const [what, question] of Object.entries(QUESTIONS)) {
    const names = [...new Set((await ask(question)).match(name) ?? [])].toSorted();
    if (names.length > 0) lists[what] = names;
  }
  return lists;
}

async function ask({ service, target, query, path = '/' }: Question): Promise<string> {
  const scope = `test/20260101/${REGION}/${service}/aws4_request`;
  const type = query === undefined ? 'x-amz-json-1.1' : 'x-www-form-urlencoded';
  const answer = await fetch(`${AWS_ENVIRONMENT.AWS_ENDPOINT_URL}${path}`, {
    headers: {
      authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`,
      'content-type': `application/${type}`,
      ...(target !== undefined && { 'x-amz-target': target }),
    },
    ...(path === '/' && { method: 'POST', body: query ?? '{}' }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${service}: ${answer.status} ${text}`);
  return text;
}
