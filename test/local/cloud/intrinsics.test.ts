import { describe, expect, it } from 'vitest';
import { Resolver } from '#local/wiring/intrinsics.ts';
import { readTemplate } from '#local/wiring/template.ts';

const TEMPLATE = readTemplate({
  Parameters: { Stage: { Type: 'String', Default: 'test' } },
  Conditions: {
    IsTest: { 'Fn::Equals': [{ Ref: 'Stage' }, 'test'] },
    IsLive: { 'Fn::Not': [{ Condition: 'IsTest' }] },
    Both: { 'Fn::And': [{ Condition: 'IsTest' }, { Condition: 'IsLive' }] },
    Either: { 'Fn::Or': [{ Condition: 'IsTest' }, { Condition: 'IsLive' }] },
  },
  Mappings: { Ports: { test: { http: 8080 } } },
  Resources: {
    Table: { Type: 'AWS::DynamoDB::Table', Properties: { TableName: 'named' } },
    Queue: { Type: 'AWS::SQS::Queue' },
    Work: {
      Type: 'AWS::Lambda::Function',
      Properties: { FunctionName: { 'Fn::Sub': `\${AWS::StackName}-work` } },
    },
    Machine: {
      Type: 'AWS::StepFunctions::StateMachine',
      Properties: { StateMachineName: 'rollout' },
    },
    Rule: { Type: 'AWS::Events::Rule' },
    Bus: { Type: 'AWS::Events::EventBus', Properties: { Name: 'bus' } },
    Role: { Type: 'AWS::IAM::Role' },
    Topic: { Type: 'AWS::SNS::Topic' },
    Key: { Type: 'AWS::KMS::Key' },
    Log: { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: '/log' } },
    Document: { Type: 'AWS::SSM::Document', Properties: { Name: 'doc' } },
    Live: { Type: 'AWS::SQS::Queue', Condition: 'IsLive' },
  },
});
const resolver = new Resolver(TEMPLATE, {
  stackName: 'stack',
  region: 'eu-west-1',
  accountId: '111122223333',
});
const att = (id: string, name: string) => ({ 'Fn::GetAtt': [id, name] });

describe('an intrinsic function', () => {
  it.each<[unknown, unknown]>([
    [{ Ref: 'AWS::Region' }, 'eu-west-1'],
    [{ Ref: 'AWS::AccountId' }, '111122223333'],
    [{ Ref: 'AWS::Partition' }, 'aws'],
    [{ Ref: 'AWS::StackName' }, 'stack'],
    [{ Ref: 'AWS::URLSuffix' }, 'amazonaws.com'],
    [{ Ref: 'Stage' }, 'test'],
    [{ Ref: 'Table' }, 'named'],
    [att('Table', 'Arn'), 'arn:aws:dynamodb:eu-west-1:111122223333:table/named'],
    [{ Ref: 'Queue' }, 'https://sqs.eu-west-1.amazonaws.com/111122223333/stack-Queue'],
    [att('Queue', 'Arn'), 'arn:aws:sqs:eu-west-1:111122223333:stack-Queue'],
    [att('Queue', 'QueueName'), 'stack-Queue'],
    [{ Ref: 'Work' }, 'stack-work'],
    [att('Work', 'Arn'), 'arn:aws:lambda:eu-west-1:111122223333:function:stack-work'],
    [{ 'Fn::GetAtt': 'Work.Arn' }, 'arn:aws:lambda:eu-west-1:111122223333:function:stack-work'],
    [{ Ref: 'Machine' }, 'arn:aws:states:eu-west-1:111122223333:stateMachine:rollout'],
    [att('Machine', 'Name'), 'rollout'],
    [att('Rule', 'Arn'), 'arn:aws:events:eu-west-1:111122223333:rule/stack-Rule'],
    [att('Bus', 'Arn'), 'arn:aws:events:eu-west-1:111122223333:event-bus/bus'],
    [att('Role', 'Arn'), 'arn:aws:iam::111122223333:role/stack-Role'],
    [{ Ref: 'Topic' }, 'arn:aws:sns:eu-west-1:111122223333:stack-Topic'],
    [att('Key', 'Arn'), 'arn:aws:kms:eu-west-1:111122223333:key/stack-Key'],
    [att('Log', 'Arn'), 'arn:aws:logs:eu-west-1:111122223333:log-group:/log:*'],
    [{ Ref: 'Document' }, 'doc'],
    [{ 'Fn::Join': ['-', ['a', { Ref: 'Stage' }, 7]] }, 'a-test-7'],
    [
      { 'Fn::Sub': `\${Stage}/\${Work.Arn}/\${!Literal}` },
      `test/arn:aws:lambda:eu-west-1:111122223333:function:stack-work/\${Literal}`,
    ],
    [{ 'Fn::Sub': [`\${Own}-\${Stage}`, { Own: { Ref: 'Bus' } }] }, 'bus-test'],
    [{ 'Fn::Select': [1, { 'Fn::Split': [',', 'a,b'] }] }, 'b'],
    [{ 'Fn::If': ['IsTest', 'yes', { Ref: 'Nowhere' }] }, 'yes'],
    [{ 'Fn::If': ['Both', 'yes', 'no'] }, 'no'],
    [{ 'Fn::If': ['Either', 'yes', 'no'] }, 'yes'],
    [{ 'Fn::FindInMap': ['Ports', { Ref: 'Stage' }, 'http'] }, 8080],
    [{ 'Fn::Base64': 'a' }, 'YQ=='],
    [{ a: { Ref: 'AWS::NoValue' }, b: [{ Ref: 'AWS::NoValue' }, 1] }, { b: [1] }],
    [
      { Ref: 'Stage', Other: 1 },
      { Ref: 'Stage', Other: 1 },
    ],
  ])('%j is %j', (value, expected) => {
    expect(resolver.resolve(value, 'here')).toEqual(expected);
  });

  it.each<[unknown, string]>([
    [{ Ref: 'Nowhere' }, 'there is no resource Nowhere'],
    [att('Nowhere', 'Arn'), 'there is no resource Nowhere'],
    [att('Table', 'Colour'), 'named has no attribute Colour here'],
    [att('Document', 'Arn'), 'doc has no attribute Arn here'],
    [{ 'Fn::ImportValue': 'x' }, 'Fn::ImportValue is not known'],
    [{ 'Fn::Join': ['-', 'x'] }, 'a list is expected'],
    [{ 'Fn::Join': ['-', [{}]] }, 'a text is expected'],
    [{ 'Fn::If': ['Odd', 1, 2] }, 'there is no condition Odd'],
    [{ 'Fn::FindInMap': ['Ports', 'live', 'http'] }, 'no Ports.live.http'],
  ])('%j is refused where it stands: %s', (value, reason) => {
    expect(() => resolver.resolve({ a: [value] }, 'Here')).toThrow(
      expect.objectContaining({
        name: 'WiringError',
        message: expect.stringMatching(new RegExp(`^Here\\.a\\[0\\].*${reason}`)),
      }),
    );
  });

  it('leaves out a resource whose condition does not hold', () => {
    const made = [...resolver.resources('AWS::SQS::Queue')];

    expect(made.map(({ logicalId }) => logicalId)).toEqual(['Queue']);
  });
});
