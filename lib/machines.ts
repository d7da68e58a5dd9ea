/**
 * The rollout machine, and the control machine by which people reach it. chunk.asl.json and rollback.asl.json are whole, runnable definitions; here they become
 * the item processors of its two Maps (DISTRIBUTED, STANDARD: a chunk is a child execution with a history of
 * its own). Nothing else is changed: local/ runs what the template holds.
 *
 * The machines' names and logical ids stay as they are: CloudFormation replaces a machine by deleting it, and
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
import { MACHINE_GRANTS, MACHINE_LOG_GRANTS, TRACE_GRANTS } from './grants.ts';
import { isLambdaName, type LambdaName } from './lambda-list.ts';
import { addLogGroup, type Lambdas } from './lambdas.ts';
import { acknowledge } from './nag.ts';
import { toKebabCase, toPascalCase } from './names.ts';
import type { GrantContext } from './places.ts';
import { addRole } from './roles.ts';

const Definition = z.looseObject({
  StartAt: z.string(),
  States: z.record(z.string(), z.unknown()),
});

/** What may stand in an ItemProcessor; a definition's other top-level fields are the whole machine's. */
const PROCESSOR_FIELDS = ['Comment', 'StartAt', 'States'];
const PROCESSOR_CONFIG = { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' };

export function rolloutMachineArn(stack: Stack): string {
  return machineArn(stack, 'rollout');
}

export function machineArn(stack: Stack, machine: 'rollout' | 'control'): string {
  const place = `${stack.region}:${stack.account}`;
  return `arn:${Aws.PARTITION}:states:${place}:stateMachine:${stack.stackName}-${machine}`;
}

function readDefinition(folder: string, name: string): z.infer<typeof Definition> {
  return Definition.parse(JSON.parse(readFileSync(path.join(folder, `${name}.asl.json`), 'utf8')));
}

interface Composed {
  definition: string;
  lambdas: LambdaName[];
}

/** The rollout definition with its item processors in place. Throws when a placeholder is left or unknown. */
export function composeRolloutDefinition(folder: string): Composed {
  const processors = new Map(
    (['Chunk', 'Rollback'] as const).map((name) => {
      const kept = Object.entries(readDefinition(folder, name.toLowerCase())).filter(([field]) =>
        PROCESSOR_FIELDS.includes(field),
      );
      const processor = { ProcessorConfig: PROCESSOR_CONFIG, ...Object.fromEntries(kept) };
      return [`\${${name}ItemProcessor}`, processor];
    }),
  );
  const definition = JSON.stringify(readDefinition(folder, 'rollout'), (_, value) =>
    typeof value === 'string' ? (processors.get(value) ?? value) : value,
  );
  return { definition, lambdas: lambdasOf(definition) };
}

/** The lambdas that a definition's placeholders name. */
function lambdasOf(definition: string): LambdaName[] {
  const placeholders = new Set(
    Array.from(definition.matchAll(/\$\{(\w+)\}/g), ([, placeholder]) => placeholder ?? ''),
  );
  return Array.from(placeholders, (placeholder) => {
    const name = toKebabCase(placeholder.replace(/FunctionArn$/, ''));
    if (placeholder.endsWith('FunctionArn') && isLambdaName(name)) return name;
    throw new Error(`statemachines/: \${${placeholder}} is no lambda of the stack`);
  });
}

export interface MachineOptions {
  folder: string;
  lambdas: Lambdas;
  context: GrantContext;
  settings: Settings;
  retention: RetentionDays;
}

export function addRolloutMachine(stack: Stack, options: MachineOptions): void {
  addMachine(stack, 'rollout', options, composeRolloutDefinition(options.folder), MACHINE_GRANTS);
}

export function addControlMachine(stack: Stack, options: MachineOptions): void {
  const definition = JSON.stringify(readDefinition(options.folder, 'control'));
  addMachine(stack, 'control', options, { definition, lambdas: lambdasOf(definition) }, []);
}

function addMachine(
  stack: Stack,
  name: 'rollout' | 'control',
  options: MachineOptions,
  { definition, lambdas }: Composed,
  grants: typeof MACHINE_GRANTS,
): void {
  const { tracing, machine_logging: level } = options.settings;
  const functions = lambdas.map(options.lambdas);
  const id = `${toPascalCase(name)}Machine`;
  const arn = machineArn(stack, name);
  const role = addRole(stack, `${id}Role`, {
    assumedBy: new ServicePrincipal('states.amazonaws.com', {
      conditions: {
        StringEquals: { 'aws:SourceAccount': stack.account },
        // A Map's children come as `<machine>/<label>`.
        ArnLike: { 'aws:SourceArn': [arn, `${arn}/*`] },
      },
    }),
    description: `What ${stack.stackName}-${name} may do.`,
    context: options.context,
    grants: [
      ...grants,
      ...(level === 'OFF' ? [] : MACHINE_LOG_GRANTS),
      ...(tracing ? TRACE_GRANTS : []),
    ],
    own: [
      new PolicyStatement({
        actions: ['lambda:InvokeFunction'],
        resources: functions.map(({ functionArn }) => functionArn),
      }),
    ],
  });
  const machine = new CfnStateMachine(stack, id, {
    stateMachineName: `${stack.stackName}-${name}`,
    stateMachineType: 'STANDARD',
    roleArn: role.roleArn,
    definitionString: definition,
    definitionSubstitutions: Object.fromEntries(
      functions.map(({ node, functionArn }) => [`${node.id}FunctionArn`, functionArn]),
    ),
    tracingConfiguration: { enabled: tracing },
    ...(level !== 'OFF' && {
      loggingConfiguration: addLogging(stack, id, name, level, options.retention),
    }),
  });
  acknowledgeSettings(machine, options.settings);
}

function acknowledgeSettings(machine: CfnStateMachine, settings: Settings): void {
  const { tracing, machine_logging: level } = settings;
  if (level !== 'ALL') {
    const reason = `The setting machine_logging is ${level}: the history in the console shows every event, and the store says why; ALL costs by the event.`;
    acknowledge(machine, 'AwsSolutions-SF1', reason);
  }
  if (!tracing) {
    const reason =
      'The setting `tracing` is off: traces cost by the request, and nothing here waits on latency.';
    acknowledge(machine, 'AwsSolutions-SF2', reason);
  }
}

function addLogging(
  stack: Stack,
  id: string,
  machine: string,
  level: 'ALL' | 'ERROR',
  retention: RetentionDays,
): CfnStateMachine.LoggingConfigurationProperty {
  // Under /aws/vendedlogs/ the delivery needs no entry of its own in the account's one resource policy.
  const name = `/aws/vendedlogs/states/${stack.stackName}-${machine}`;
  const { logGroupArn } = addLogGroup(stack, `${id}Log`, name, retention);
  return {
    level,
    includeExecutionData: true,
    destinations: [{ cloudWatchLogsLogGroup: { logGroupArn } }],
  };
}
