/**
 * What wakes Longshore besides a push: the end of an execution, the end of a command, its own news that
 * people are to be told of, and the clock.
 *
 * EventBridge tries a lambda for 24 hours, Lambda what it has accepted three times; what either gives up on
 * goes to the queue of lost events, which has an alarm. Nothing is lost for good by it: the sweep asks.
 */
import { Duration, type Stack } from 'aws-cdk-lib';
import { type EventBus, type EventPattern, Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { CfnEventInvokeConfig } from 'aws-cdk-lib/aws-lambda';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { TOLD_STATUSES } from '#core/told.ts';
import { documentPrefix } from './command-document.ts';
import type { LambdaName } from './lambda-list.ts';
import type { Lambdas } from './lambdas.ts';
import { rolloutMachineArn } from './machines.ts';

const EVENT_AGE_HOURS = 6;

interface Listening {
  lambdas: Lambdas;
  lostEvents: Queue;
  bus: EventBus;
  sweepMinutes: number;
}

type Listener = { name: string; description: string; lambda: LambdaName; attempts: number } & (
  | { eventPattern: EventPattern; eventBus?: EventBus }
  | { schedule: Schedule }
);

export function addListeners(stack: Stack, options: Listening): void {
  const listen = (id: string, listener: Listener) => addListener(stack, options, id, listener);

  listen('ExecutionStatus', {
    name: 'execution-status',
    description:
      'An execution of the rollout machine was stopped, failed, timed out or was redriven.',
    lambda: 'listen-to-executions',
    attempts: 2,
    eventPattern: {
      source: ['aws.states'],
      account: [stack.account],
      detailType: ['Step Functions Execution Status Change'],
      detail: {
        // Exactly the machine: the children of its Maps have a label behind it.
        stateMachineArn: [rolloutMachineArn(stack)],
        // RUNNING is a start, which changes nothing, or a Redrive: the event does not say surely which.
        status: ['ABORTED', 'FAILED', 'TIMED_OUT', 'RUNNING'],
      },
    },
  });
  listen('CommandEnded', {
    name: 'command-ended',
    description: 'A command to hosts has ended on all of them.',
    lambda: 'listen-to-commands',
    attempts: 2,
    eventPattern: {
      source: ['aws.ssm'],
      account: [stack.account],
      detailType: ['EC2 Command Status-change Notification'],
      detail: {
        // By prefix: a rollout that began before the last deployment uses the document of that time.
        'document-name': [{ prefix: documentPrefix(stack.stackName) }],
        status: ['Success', 'Failed', 'TimedOut', 'Cancelled'],
      },
    },
  });
  listen('RolloutNews', {
    name: 'rollout-news',
    description: 'A rollout whose policy names topics waits for a person, goes back or has ended.',
    lambda: 'notify',
    attempts: 2,
    eventBus: options.bus,
    eventPattern: {
      source: ['longshore'],
      account: [stack.account],
      detail: { status: [...TOLD_STATUSES], notifies: [true] },
    },
  });
  listen('SweepSchedule', {
    name: 'sweep',
    description: 'The sweep finds what no event announced.',
    lambda: 'sweep',
    attempts: 0, // The next one does the same.
    schedule: Schedule.rate(Duration.minutes(options.sweepMinutes)),
  });
}

function addListener(
  stack: Stack,
  { lambdas, lostEvents }: Listening,
  id: string,
  { name, description, lambda, attempts, ...trigger }: Listener,
): void {
  const target = lambdas(lambda);
  new Rule(stack, id, {
    ruleName: `${stack.stackName}-${name}`,
    description,
    ...trigger,
    targets: [new LambdaFunction(target, { deadLetterQueue: lostEvents })],
  });
  new CfnEventInvokeConfig(stack, `${target.node.id}Invocations`, {
    functionName: target.functionName,
    qualifier: '$LATEST',
    maximumRetryAttempts: attempts,
    maximumEventAgeInSeconds: Duration.hours(EVENT_AGE_HOURS).toSeconds(),
    destinationConfig: { onFailure: { destination: lostEvents.queueArn } },
  });
}
