/**
 * The rollout machine. chunk.asl.json and rollback.asl.json are whole, runnable definitions; here they become
 * the item processors of its two Maps (DISTRIBUTED, STANDARD: a chunk is a child execution with a history of
 * its own). Nothing else is changed: local/ runs what the template holds.
 *
 * The machine's name and logical id stay as they are: CloudFormation replaces a machine by deleting it, and
 * with it every paused rollout.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Aws, type Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { CfnStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import * as z from 'zod';
import type { Settings } from '#core/settings.ts';
import { type GrantContext, MACHINE_GRANTS, MACHINE_LOG_GRANTS, TRACE_GRANTS } from './grants.ts';
import { isLambdaName, type LambdaName } from './lambda-list.ts';
import { addLogGroup, type Lambdas } from './lambdas.ts';
import { acknowledge } from './nag.ts';
import { toKebabCase } from './names.ts';
import { addRole } from './roles.ts';

const Definition = z.looseObject({
  StartAt: z.string(),
  States: z.record(z.string(), z.unknown()),
});

/** What may stand in an ItemProcessor; a definition's other top-level fields are the whole machine's. */
const PROCESSOR_FIELDS = ['Comment', 'StartAt', 'States'];
const PROCESSOR_CONFIG = { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' };

export function rolloutMachineArn(stack: Stack): string {
  const machine = `${stack.stackName}-rollout`;
  return `arn:${Aws.PARTITION}:states:${stack.region}:${stack.account}:stateMachine:${machine}`;
}

/** The rollout definition with its item processors in place. Throws when a placeholder is left or unknown. */
export function composeRolloutDefinition(folder: string): {
  definition: string;
  lambdas: LambdaName[];
} {
  const read = (name: string) =>
    Definition.parse(JSON.parse(readFileSync(path.join(folder, `${name}.asl.json`), 'utf8')));
  const processors = new Map(
    (['Chunk', 'Rollback'] as const).map((name) => {
      const kept = Object.entries(read(name.toLowerCase())).filter(([field]) =>
        PROCESSOR_FIELDS.includes(field),
      );
      const processor = { ProcessorConfig: PROCESSOR_CONFIG, ...Object.fromEntries(kept) };
      return [`\${${name}ItemProcessor}`, processor];
    }),
  );
  const definition = JSON.stringify(read('rollout'), (_, value) =>
    typeof value === 'string' ? (processors.get(value) ?? value) : value,
  );
  const placeholders = new Set(
    Array.from(definition.matchAll(/\$\{(\w+)\}/g), ([, placeholder]) => placeholder ?? ''),
  );
  const lambdas = Array.from(placeholders, (placeholder) => {
    const name = toKebabCase(placeholder.replace(/FunctionArn$/, ''));
    if (placeholder.endsWith('FunctionArn') && isLambdaName(name)) return name;
    throw new Error(`statemachines/: \${${placeholder}} is no lambda of the stack`);
  });
  return { definition, lambdas };
}

export interface MachineOptions {
  folder: string;
  lambdas: Lambdas;
  context: GrantContext;
  settings: Settings;
  retention: RetentionDays;
}

export function addRolloutMachine(stack: Stack, options: MachineOptions): CfnStateMachine {
  const { definition, lambdas } = composeRolloutDefinition(options.folder);
  const { tracing, machine_logging: level } = options.settings;
  const functionArns = lambdas.map((name) => options.lambdas(name).functionArn);
  const arn = rolloutMachineArn(stack);
  const role = addRole(stack, 'RolloutMachineRole', {
    assumedBy: new ServicePrincipal('states.amazonaws.com', {
      conditions: {
        StringEquals: { 'aws:SourceAccount': stack.account },
        // A Map's children come as `<machine>/<label>`.
        ArnLike: { 'aws:SourceArn': [arn, `${arn}/*`] },
      },
    }),
    description: `What ${stack.stackName}-rollout may do.`,
    context: options.context,
    grants: [
      ...MACHINE_GRANTS,
      ...(level === 'OFF' ? [] : MACHINE_LOG_GRANTS),
      ...(tracing ? TRACE_GRANTS : []),
    ],
    own: [new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: functionArns })],
  });
  const machine = new CfnStateMachine(stack, 'RolloutMachine', {
    stateMachineName: `${stack.stackName}-rollout`,
    stateMachineType: 'STANDARD',
    roleArn: role.roleArn,
    definitionString: definition,
    definitionSubstitutions: Object.fromEntries(
      lambdas.map((name) => [
        `${options.lambdas(name).node.id}FunctionArn`,
        options.lambdas(name).functionArn,
      ]),
    ),
    tracingConfiguration: { enabled: tracing },
    ...(level !== 'OFF' && { loggingConfiguration: addLogging(stack, level, options.retention) }),
  });
  if (level !== 'ALL') {
    const reason = `The setting machine_logging is ${level}: the history in the console shows every event, and the store says why; ALL costs by the event.`;
    acknowledge(machine, 'AwsSolutions-SF1', reason);
  }
  if (!tracing) {
    const reason =
      'The setting `tracing` is off: traces cost by the request, and nothing here waits on latency.';
    acknowledge(machine, 'AwsSolutions-SF2', reason);
  }
  return machine;
}

function addLogging(
  stack: Stack,
  level: 'ALL' | 'ERROR',
  retention: RetentionDays,
): CfnStateMachine.LoggingConfigurationProperty {
  // Under /aws/vendedlogs/ the delivery needs no entry of its own in the account's one resource policy.
  const name = `/aws/vendedlogs/states/${stack.stackName}-rollout`;
  const { logGroupArn } = addLogGroup(stack, 'RolloutMachineLog', name, retention);
  return {
    level,
    includeExecutionData: true,
    destinations: [{ cloudWatchLogsLogGroup: { logGroupArn } }],
  };
}
