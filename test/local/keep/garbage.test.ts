/** Calls that are well-formed and mean nothing, or half of something: each is answered, and the cloud goes on. */
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { keepCloud } from './keep-cloud.ts';

const MACHINE = 'arn:aws:states:eu-west-1:111122223333:stateMachine:Longshore';
const CALLS = [
  ...'PutItem GetItem Query Scan UpdateItem DeleteItem BatchWriteItem BatchGetItem'
    .split(' ')
    .map((name) => `DynamoDB_20120810.${name}`),
  ...'SendCommand ListCommandInvocations CreateDocument DeleteDocument CancelCommand'
    .split(' ')
    .map((name) => `AmazonSSM.${name}`),
  ...'StartExecution RedriveExecution ListExecutions SendTaskSuccess CreateStateMachine'
    .split(' ')
    .map((name) => `AWSStepFunctions.${name}`),
  ...'PutImage DescribeImages BatchGetImage BatchDeleteImage'
    .split(' ')
    .map((name) => `AmazonEC2ContainerRegistry_V20150921.${name}`),
  ...'SendMessage SendMessageBatch ReceiveMessage GetQueueUrl'
    .split(' ')
    .map((name) => `AmazonSQS.${name}`),
  'AWSEvents.PutEvents',
];
const MEMBERS =
  'TableName Item Key KeyConditionExpression ExpressionAttributeValues UpdateExpression RequestItems InstanceIds DocumentName Parameters Content Name stateMachineArn executionArn input name taskToken output definition roleArn nextToken repositoryName imageManifest imageTag imageIds QueueUrl MessageBody Entries';
const INNER = 'S N M L id :a policy rollout item Source Detail DetailType Id MessageBody __proto__';
const KNOWN = [
  'shop/web',
  `${MACHINE}-rollout`,
  `${MACHINE}-chunk`,
  '{"rolloutId":"x","run":1}',
  '{"schemaVersion":2}',
  '{"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}}',
  'set a = :a',
];

const anything: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(...KNOWN),
    fc.string(),
    fc.double(),
    fc.constantFrom(null, true),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...INNER.split(' ')), tie('value'), { maxKeys: 4 }),
  ),
})).value;
const input = fc.dictionary(fc.constantFrom(...MEMBERS.split(' ')), anything, { maxKeys: 8 });

it('is answered, and a push rolls out after it as ever', async () => {
  const kept = await keepCloud({ options: { hosts: 3, failing: 0, silent: 0, seed: 1 } });
  const { endpoint } = kept.address;

  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...CALLS), input, async (target, value) => {
      const headers = { 'x-amz-target': target };
      const answer = await fetch(endpoint, {
        method: 'POST',
        headers,
        body: JSON.stringify(value),
      });
      const body = await answer.json();
      expect([200, 400], JSON.stringify(body)).toContain(answer.status);
    }),
    { numRuns: 500 },
  );

  await kept.push('v4');
  await kept.passUntil(/completed: v4/);
});
