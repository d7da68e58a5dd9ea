/**
 * The event that EventBridge gets when an execution changes its status. `redriveStatus` is what the
 * documented samples show, which for ABORTED contradicts DescribeExecution: whoever wants to know
 * has to ask.
 */
import type { Execution, StatusChange } from './model.ts';
import { isTooLarge } from './payload.ts';
import { MAX_STATUS_EVENT_BYTES } from './quotas.ts';

export function statusChangeOf(execution: Execution): StatusChange {
  const { input, output, status } = execution;
  const isIncluded = !isTooLarge(input.text + (output ?? ''), MAX_STATUS_EVENT_BYTES);
  const isRedrivable = status === 'FAILED' || status === 'TIMED_OUT';
  return {
    detailType: 'Step Functions Execution Status Change',
    resources: [execution.arn],
    detail: {
      executionArn: execution.arn,
      stateMachineArn: execution.machine.arn,
      name: execution.name,
      status,
      startDate: execution.startMs,
      stopDate: execution.stopMs ?? null,
      input: isIncluded ? input.text : null,
      inputDetails: { included: isIncluded },
      output: isIncluded ? (output ?? null) : null,
      outputDetails: output === undefined ? null : { included: isIncluded },
      stateMachineVersionArn: null,
      stateMachineAliasArn: null,
      redriveCount: execution.redriveCount,
      redriveDate: execution.redriveMs ?? null,
      redriveStatus: isRedrivable ? 'REDRIVABLE' : 'NOT_REDRIVABLE',
      redriveStatusReason: isRedrivable ? null : `Execution is ${status} and cannot be redriven`,
      error: execution.error ?? null,
      cause: execution.cause ?? null,
    },
  };
}
