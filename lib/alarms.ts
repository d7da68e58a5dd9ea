/**
 * What a person should be told of. Each alarm's description names the section of the runbook that says what
 * to do. They cost nothing while nothing happens but the alarm itself; where they are sent to is not decided
 * here.
 */
import { Duration, type Stack } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  Metric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { Queues } from './image-events.ts';
import type { Lambdas } from './lambdas.ts';
import { machineArn } from './machines.ts';

const PERIOD = Duration.minutes(5);

/** Of the lambdas' own metrics: their namespace, and the service in every one of them. */
export const METRICS = 'Longshore';
export const SERVICE = 'longshore';

export function addAlarms(stack: Stack, options: { queues: Queues; lambdas: Lambdas }): void {
  const add = (
    id: string,
    name: string,
    metric: IMetric,
    says: { what: string; section: string },
  ) =>
    new Alarm(stack, id, {
      alarmName: `${stack.stackName}-${name}`,
      alarmDescription: `${says.what} See docs/runbook.md#${says.section}`,
      metric,
      threshold: 0,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
  const executions = (metricName: string, machine: 'rollout' | 'control' = 'rollout') =>
    new Metric({
      namespace: 'AWS/States',
      metricName,
      dimensionsMap: { StateMachineArn: machineArn(stack, machine) },
      statistic: 'Sum',
      period: PERIOD,
    });
  const { queues, lambdas } = options;
  const depth = { period: PERIOD, statistic: 'Maximum' };

  add(
    'FailedImagesAlarm',
    'failed-images',
    queues.failedImages.metricApproximateNumberOfMessagesVisible(depth),
    { what: 'An image could not be considered in five tries.', section: 'failed-images' },
  );
  add(
    'LostEventsAlarm',
    'lost-events',
    queues.lostEvents.metricApproximateNumberOfMessagesVisible(depth),
    {
      what: 'An event reached no lambda, or its lambda failed every time.',
      section: 'lost-events',
    },
  );
  add('ExecutionsFailedAlarm', 'executions-failed', executions('ExecutionsFailed'), {
    what: 'An execution of the rollout machine failed; its rollout is held.',
    section: 'executions-failed',
  });
  add('ExecutionsTimedOutAlarm', 'executions-timed-out', executions('ExecutionsTimedOut'), {
    what: 'An execution of the rollout machine timed out; its rollout is held.',
    section: 'executions-timed-out',
  });
  add('ControlFailedAlarm', 'control-failed', executions('ExecutionsFailed', 'control'), {
    what: 'What a person asked of a rollout could not be carried out.',
    section: 'control-failed',
  });
  add(
    'ConsiderImageErrorsAlarm',
    'consider-image-errors',
    lambdas('consider-image').metricErrors({ period: PERIOD }),
    { what: 'The lambda that considers images failed.', section: 'consider-image-errors' },
  );
  add(
    'NoticesRefusedAlarm',
    'notices-refused',
    new Metric({
      namespace: METRICS,
      metricName: 'NoticesRefused',
      dimensionsMap: { service: SERVICE, stack: stack.stackName },
      statistic: 'Sum',
      period: PERIOD,
    }),
    { what: 'A topic of a policy takes no notices.', section: 'notices-refused' },
  );
}
