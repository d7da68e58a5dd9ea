/**
 * The names, ARNs and URLs of a stack's resources. A resource without a name of its own gets
 * `<stack>-<logical id>`: the same in each run, where CloudFormation would add a random part.
 */
import { type Resource, WiringError } from './template.ts';

export interface Account {
  readonly stackName: string;
  readonly region: string;
  readonly accountId: string;
}

export interface Physical {
  readonly name: string;
  readonly ref: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** The property that names a resource of the type. */
const NAME_PROPERTY: Readonly<Record<string, string>> = {
  'AWS::DynamoDB::Table': 'TableName',
  'AWS::DynamoDB::GlobalTable': 'TableName',
  'AWS::SQS::Queue': 'QueueName',
  'AWS::Lambda::Function': 'FunctionName',
  'AWS::StepFunctions::StateMachine': 'StateMachineName',
  'AWS::Events::Rule': 'Name',
  'AWS::Events::EventBus': 'Name',
  'AWS::SSM::Document': 'Name',
  'AWS::SSM::Parameter': 'Name',
  'AWS::IAM::Role': 'RoleName',
  'AWS::Logs::LogGroup': 'LogGroupName',
  'AWS::SNS::Topic': 'TopicName',
};

export function physicalOf(
  logicalId: string,
  { Type, Properties }: Resource,
  account: Account,
  resolve: (value: unknown) => unknown,
): Physical {
  const property = NAME_PROPERTY[Type];
  const given = property === undefined ? undefined : resolve(Properties[property]);
  const name = typeof given === 'string' ? given : `${account.stackName}-${logicalId}`;
  return { name, ...identity(Type, name, account) };
}

function identity(
  type: string,
  name: string,
  { region, accountId }: Account,
): Omit<Physical, 'name'> {
  const arn = (service: string, rest: string) =>
    `arn:aws:${service}:${region}:${accountId}:${rest}`;
  switch (type) {
    case 'AWS::DynamoDB::Table':
    case 'AWS::DynamoDB::GlobalTable':
      return { ref: name, attributes: { Arn: arn('dynamodb', `table/${name}`) } };
    case 'AWS::SQS::Queue': {
      const QueueUrl = `https://sqs.${region}.amazonaws.com/${accountId}/${name}`;
      return { ref: QueueUrl, attributes: { Arn: arn('sqs', name), QueueName: name, QueueUrl } };
    }
    case 'AWS::Lambda::Function':
      return { ref: name, attributes: { Arn: arn('lambda', `function:${name}`) } };
    case 'AWS::StepFunctions::StateMachine': {
      const Arn = arn('states', `stateMachine:${name}`);
      return { ref: Arn, attributes: { Arn, Name: name } };
    }
    case 'AWS::Events::Rule':
      return { ref: name, attributes: { Arn: arn('events', `rule/${name}`) } };
    case 'AWS::Events::EventBus':
      return { ref: name, attributes: { Arn: arn('events', `event-bus/${name}`), Name: name } };
    case 'AWS::IAM::Role':
      return { ref: name, attributes: { Arn: `arn:aws:iam::${accountId}:role/${name}` } };
    case 'AWS::Logs::LogGroup':
      return { ref: name, attributes: { Arn: arn('logs', `log-group:${name}:*`) } };
    case 'AWS::SNS::Topic': {
      const TopicArn = arn('sns', name);
      return { ref: TopicArn, attributes: { TopicArn, TopicName: name } };
    }
    case 'AWS::KMS::Key':
      return { ref: name, attributes: { Arn: arn('kms', `key/${name}`), KeyId: name } };
    default:
      return { ref: name, attributes: {} };
  }
}

export function attributeOf(physical: Physical, attribute: string, where: string): string {
  const value = physical.attributes[attribute];
  if (value !== undefined) return value;
  throw new WiringError(`${where}: ${physical.name} has no attribute ${attribute} here`);
}
