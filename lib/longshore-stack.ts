/**
 * Longshore in the cloud, whole: tables, the way of an image, lambdas, the machines, the hosts'
 * document, the policies, alarms. Everything is serverless; nothing here needs an account or a network to be
 * synthesized.
 */
import path from 'node:path';
import { Aws, Stack, type StackProps } from 'aws-cdk-lib';
import { EventBus } from 'aws-cdk-lib/aws-events';
import type { Code } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { Settings } from '#core/settings.ts';
import { addAlarms, METRICS, SERVICE } from './alarms.ts';
import { bundleLambda } from './bundle.ts';
import { addCommandDocument } from './command-document.ts';
import { addDeployedPolicies } from './deployed-policies.ts';
import { addImageEvents, addQueues } from './image-events.ts';
import { addLambdas } from './lambdas.ts';
import { addListeners } from './listeners.ts';
import { addControlMachine, addRolloutMachine, rolloutMachineArn } from './machines.ts';
import { checkStackName } from './names.ts';
import type { GrantContext } from './places.ts';
import { addTables } from './tables.ts';

export interface LongshoreStackProps extends StackProps {
  settings: Settings;
  /** The policy documents as they were written, already checked (read-policies.ts). */
  policies: readonly unknown[];
  /** The folder with lambdas/, statemachines/ and hosts/ in it. */
  root?: string;
  /** What becomes of a lambda's file; by default it is bundled. */
  bundle?: (entry: string) => Code;
}

export const PRODUCT_ROOT = path.join(import.meta.dirname, '..');

export class LongshoreStack extends Stack {
  constructor(scope: Construct, id: string, props: LongshoreStackProps) {
    super(scope, id, props);
    checkStackName(this.stackName);
    const { settings, root = PRODUCT_ROOT, bundle = bundleLambda } = props;
    const retention = settings.log_retention_days;

    const tables = addTables(this, settings);
    const queues = addQueues(this);
    const bus = new EventBus(this, 'Bus', {
      eventBusName: this.stackName,
      description: 'What Longshore says of its rollouts.',
    });
    const document = addCommandDocument(this, {
      scriptFolder: path.join(root, 'hosts', 'script'),
      retain: settings.retain_tables,
    });
    const context: GrantContext = {
      stack: this,
      policiesTable: tables.policies.tableArn,
      rolloutsTable: tables.rollouts.tableArn,
      hostsTable: tables.hosts.tableArn,
      imageQueue: queues.images.queueArn,
      lostEvents: queues.lostEvents.queueArn,
      bus: bus.eventBusArn,
    };
    const lambdas = addLambdas(this, {
      code: (name) => bundle(path.join(root, 'lambdas', `${name}.ts`)),
      environment: {
        STACK_NAME: this.stackName,
        ACCOUNT_ID: this.account,
        REGISTRY_HOST:
          settings.registry_host ?? `${this.account}.dkr.ecr.${this.region}.${Aws.URL_SUFFIX}`,
        POLICIES_TABLE: tables.policies.tableName,
        ROLLOUTS_TABLE: tables.rollouts.tableName,
        HOSTS_TABLE: tables.hosts.tableName,
        IMAGE_QUEUE_URL: queues.images.queueUrl,
        ROLLOUT_MACHINE_ARN: rolloutMachineArn(this),
        DOCUMENT_NAME: document.name,
        DOCUMENT_VERSION: document.version,
        DOCUMENT_HASH: document.hash,
        BUS_NAME: bus.eventBusName,
        SETTINGS: JSON.stringify(settings),
        POWERTOOLS_SERVICE_NAME: SERVICE,
        POWERTOOLS_METRICS_NAMESPACE: METRICS,
        POWERTOOLS_LOG_LEVEL: settings.log_level,
      },
      context,
      retention,
      isTraced: settings.tracing,
    });
    const machine = { folder: path.join(root, 'statemachines'), context, settings, retention };
    addRolloutMachine(this, { ...machine, lambdas });
    addControlMachine(this, { ...machine, lambdas });
    addImageEvents(this, queues, lambdas('consider-image'));
    addListeners(this, {
      lambdas,
      lostEvents: queues.lostEvents,
      bus,
      sweepMinutes: settings.sweep_minutes,
    });
    addDeployedPolicies(this, {
      applyPolicies: lambdas('apply-policies'),
      documents: props.policies,
      context,
      retention,
    });
    addAlarms(this, { queues, lambdas });
  }
}
