/** Buses, rules and their targets, and queues with their dead-letter queues. */
import * as z from 'zod';
import type { EventBridge, Sink } from '../events/event-bridge.ts';
import type { Functions } from '../lambda/functions.ts';
import type { Sqs } from '../sqs/sqs.ts';
import type { Resolver } from './intrinsics.ts';
import { WiringError } from './template.ts';

/** SQS keeps messages for four days unless told otherwise. */
const RETENTION_SECONDS = 345_600;

const QueueProperties = z.looseObject({
  VisibilityTimeout: z.number().default(30),
  DelaySeconds: z.number().default(0),
  MessageRetentionPeriod: z.number().default(RETENTION_SECONDS),
  RedrivePolicy: z
    .looseObject({ deadLetterTargetArn: z.string(), maxReceiveCount: z.coerce.number() })
    .optional(),
});

/** What is not emulated is refused, so that no target silently gets another payload. */
const RuleProperties = z.looseObject({
  EventBusName: z.string().default('default'),
  EventPattern: z.unknown().optional(),
  ScheduleExpression: z.string().optional(),
  State: z.enum(['ENABLED', 'DISABLED']).default('ENABLED'),
  Targets: z
    .array(
      z.strictObject({
        Id: z.string(),
        Arn: z.string(),
        Input: z.string().optional(),
        RoleArn: z.string().optional(),
        DeadLetterConfig: z.unknown().optional(),
        RetryPolicy: z.unknown().optional(),
      }),
    )
    .default([]),
});

export function wireQueues(resolver: Resolver, sqs: Sqs): void {
  const deadLetters: { logicalId: string; arn: string }[] = [];
  for (const { logicalId, properties, physical } of resolver.resources('AWS::SQS::Queue')) {
    const of = QueueProperties.parse(properties);
    const redrive = of.RedrivePolicy && {
      deadLetterArn: of.RedrivePolicy.deadLetterTargetArn,
      maxReceiveCount: of.RedrivePolicy.maxReceiveCount,
    };
    if (redrive) deadLetters.push({ logicalId, arn: redrive.deadLetterArn });
    sqs.createQueue({
      name: physical.name,
      arn: physical.attributes['Arn'] ?? '',
      url: physical.ref,
      visibilityTimeoutMs: of.VisibilityTimeout * 1000,
      delayMs: of.DelaySeconds * 1000,
      retentionMs: of.MessageRetentionPeriod * 1000,
      ...(redrive && { redrive }),
    });
  }
  for (const { logicalId, arn } of deadLetters) {
    if (!sqs.find(arn)) throw new WiringError(`${logicalId}: there is no queue ${arn}`);
  }
}

export function wireRules(
  resolver: Resolver,
  environment: { events: EventBridge; sqs: Sqs; functions: Functions },
): void {
  const { events } = environment;
  for (const { physical } of resolver.resources('AWS::Events::EventBus')) {
    events.createBus(physical.name);
  }
  for (const { logicalId, properties, physical } of resolver.resources('AWS::Events::Rule')) {
    const rule = readRule(properties, logicalId);
    events.putRule({
      name: physical.name,
      arn: physical.attributes['Arn'] ?? '',
      busName: rule.EventBusName,
      isEnabled: rule.State === 'ENABLED',
      ...(rule.EventPattern !== undefined && { pattern: rule.EventPattern }),
      ...(rule.ScheduleExpression !== undefined && { schedule: rule.ScheduleExpression }),
      targets: rule.Targets.map(({ Id, Arn, Input }) => ({
        id: Id,
        send: sinkOf(Arn, logicalId, environment),
        ...(Input !== undefined && { input: JSON.parse(Input) }),
      })),
    });
  }
}

function readRule(properties: unknown, logicalId: string): z.infer<typeof RuleProperties> {
  const parsed = RuleProperties.safeParse(properties);
  if (parsed.success) return parsed.data;
  throw new WiringError(`${logicalId}: ${parsed.error.message}`);
}

function sinkOf(
  arn: string,
  logicalId: string,
  { sqs, functions }: { sqs: Sqs; functions: Functions },
): Sink {
  const queue = sqs.find(arn);
  if (queue) return (payload) => void queue.send(JSON.stringify(payload));
  if (functions.has(arn)) return (payload) => functions.invokeAsync(arn, payload);
  throw new WiringError(`${logicalId}: its target ${arn} is neither a queue nor a function here`);
}
