/**
 * What wakes Longshore besides a push: the end of an execution, the end of a command, and the clock.
 *
 * EventBridge tries a lambda for 24 hours, Lambda what it has accepted three times; what either gives up on
 * goes to the queue of lost events, which has an alarm. Nothing is lost for good by it: the sweep asks.
 */
import { Duration, type Stack } from 'aws-cdk-lib';
import { type EventPattern, Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { CfnEventInvokeConfig } from 'aws-cdk-lib/aws-lambda';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { documentPrefix } from './command-document.ts';
import type { LambdaName } from './lambda-list.ts';
import type { Lambdas } from './lambdas.ts';
import { rolloutMachineArn } from './machines.ts';

const EVENT_AGE_HOURS = 6;

export function addListeners(
  stack: Stack,
  options: { lambdas: Lambdas; lostEvents: Queue; sweepMinutes: number },
): void {
  const listen = (
    id: string,
    rule: { name: string; description: string; lambda: LambdaName; attempts: number } & (
      | { eventPattern: EventPattern }
      | { schedule: Schedule }
    ),
  ) => {
    const { name, description, lambda, attempts, ...trigger } = rule;
    const target = options.lambdas(lambda);
    new Rule(stack, id, {
      ruleName: `${stack.stackName}-${name}`,
      description,
      ...trigger,
      targets: [new LambdaFunction(target, { deadLetterQueue: options.lostEvents })],
    });
    new CfnEventInvokeConfig(stack, `${target.node.id}Invocations`, {
      functionName: target.functionName,
      qualifier: '$LATEST',
      maximumRetryAttempts: attempts,
      maximumEventAgeInSeconds: Duration.hours(EVENT_AGE_HOURS).toSeconds(),
      destinationConfig: { onFailure: { destination: options.lostEvents.queueArn } },
    });
  };

  listen('ExecutionEnded', {
    name: 'execution-ended',
    description: 'An execution of the rollout machine was stopped, failed or timed out.',
    lambda: 'listen-to-executions',
    attempts: 2,
    eventPattern: {
      source: ['aws.states'],
      account: [stack.account],
      detailType: ['Step Functions Execution Status Change'],
      detail: {
        // Exactly the machine: the children of its Maps have a label behind it.
        stateMachineArn: [rolloutMachineArn(stack)],
        status: ['ABORTED', 'FAILED', 'TIMED_OUT'],
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
  listen('SweepSchedule', {
    name: 'sweep',
    description: 'The sweep finds what no event announced.',
    lambda: 'sweep',
    attempts: 0, // The next one does the same.
    schedule: Schedule.rate(Duration.minutes(options.sweepMinutes)),
  });
}
