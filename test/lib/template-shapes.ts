/** What tests read of a template's resources, by type. Loose: what no test reads is kept as it came. */
import * as z from 'zod';

const Ref = z.object({ Ref: z.string() });
const Attribute = z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.string()]) });
const OneOrMore = <S extends z.ZodType>(Shape: S) =>
  z.union([z.array(Shape), Shape.transform((one) => [one])]);

const Statement = z.looseObject({
  Effect: z.enum(['Allow', 'Deny']),
  Action: OneOrMore(z.string()).default([]),
  Resource: OneOrMore(z.unknown()).default([]),
  Condition: z.unknown().optional(),
});
const PolicyDocument = z.object({ Statement: z.array(Statement) });
const Key = z.object({ AttributeName: z.string() });

export const SHAPES = {
  'Custom::LongshorePolicies': z.looseObject({
    ServiceToken: Attribute,
    hash: z.string(),
    policies: z.string(),
  }),
  'AWS::CloudWatch::Alarm': z.looseObject({ AlarmDescription: z.string() }),
  'AWS::DynamoDB::Table': z.looseObject({
    AttributeDefinitions: z.array(Key.extend({ AttributeType: z.string() })),
    DeletionProtectionEnabled: z.boolean(),
    GlobalSecondaryIndexes: z
      .array(
        z.object({
          IndexName: z.string(),
          KeySchema: z.array(Key),
          Projection: z.unknown().optional(),
        }),
      )
      .optional(),
    KeySchema: z.array(Key),
    PointInTimeRecoverySpecification: z.object({ PointInTimeRecoveryEnabled: z.boolean() }),
    TimeToLiveSpecification: z.unknown().optional(),
  }),
  'AWS::Events::EventBus': z.looseObject({ Name: z.string() }),
  'AWS::Events::Rule': z.looseObject({
    EventPattern: z.unknown().optional(),
    ScheduleExpression: z.string().optional(),
    Targets: z.array(
      z.looseObject({ Arn: Attribute, DeadLetterConfig: z.object({ Arn: Attribute }).optional() }),
    ),
  }),
  'AWS::IAM::Policy': z.looseObject({ PolicyDocument, Roles: z.array(Ref) }),
  'AWS::IAM::Role': z.looseObject({
    AssumeRolePolicyDocument: z.object({
      Statement: z.array(
        z.looseObject({
          Principal: z.strictObject({ Service: z.string() }),
          Condition: z.unknown().optional(),
        }),
      ),
    }),
    ManagedPolicyArns: z.unknown().optional(),
    Policies: z.array(z.object({ PolicyDocument })).default([]),
  }),
  'AWS::Lambda::EventInvokeConfig': z.looseObject({
    DestinationConfig: z.object({ OnFailure: z.object({ Destination: Attribute }) }).optional(),
    FunctionName: Ref,
  }),
  'AWS::Lambda::EventSourceMapping': z.looseObject({
    EventSourceArn: Attribute,
    FunctionName: Ref,
  }),
  'AWS::Lambda::Function': z.looseObject({
    Environment: z.object({ Variables: z.record(z.string(), z.unknown()) }),
    FunctionName: z.string(),
    LoggingConfig: z.object({ LogGroup: Ref }),
    Role: Attribute,
    Timeout: z.number(),
    TracingConfig: z.object({ Mode: z.string() }).optional(),
  }),
  'AWS::Lambda::Permission': z.looseObject({
    Action: z.string(),
    FunctionName: Attribute,
    Principal: z.string(),
    SourceArn: Attribute,
  }),
  'AWS::Logs::LogGroup': z.looseObject({ LogGroupName: z.string() }),
  'AWS::SQS::Queue': z.looseObject({
    MessageRetentionPeriod: z.number(),
    QueueName: z.string(),
    RedrivePolicy: z.unknown().optional(),
    SqsManagedSseEnabled: z.boolean(),
    VisibilityTimeout: z.number().optional(),
  }),
  'AWS::SQS::QueuePolicy': z.looseObject({
    PolicyDocument: z.object({ Statement: z.array(Statement.extend({ Principal: z.unknown() })) }),
    Queues: z.tuple([Ref]),
  }),
  'AWS::SSM::Document': z.looseObject({ Name: z.string() }),
  'AWS::StepFunctions::StateMachine': z.looseObject({
    DefinitionString: z.string(),
    DefinitionSubstitutions: z.record(z.string(), Attribute),
    LoggingConfiguration: z.object({ Level: z.string() }).optional(),
    RoleArn: Attribute,
  }),
} as const satisfies Record<string, z.ZodType>;

export type Shaped = keyof typeof SHAPES;
export type PropertiesOf<T extends Shaped> = z.infer<(typeof SHAPES)[T]>;
