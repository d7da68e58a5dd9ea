/**
 * The three tables. On demand, so that they cost nothing while idle.
 *
 * Their names are fixed: a stack that was destroyed and is deployed again finds its retained tables in the
 * way and stops, instead of starting beside them with empty ones (a host's fence would outlive its policy).
 * `cdk deploy --import-existing-resources` takes them over. Their logical ids are fixed by a test.
 */

import { RemovalPolicy, type Stack } from 'aws-cdk-lib';
import {
  AttributeType,
  BillingMode,
  ProjectionType,
  Table,
  TableEncryption,
  type TableProps,
} from 'aws-cdk-lib/aws-dynamodb';
import type { Settings } from '#core/settings.ts';
import { acknowledge } from './nag.ts';

export interface Tables {
  policies: Table;
  rollouts: Table;
  hosts: Table;
}

const text = (name: string) => ({ name, type: AttributeType.STRING });
const number = (name: string) => ({ name, type: AttributeType.NUMBER });

export function addTables(stack: Stack, settings: Settings): Tables {
  const add = (name: string, props: Pick<TableProps, 'partitionKey' | 'sortKey'>, ttl?: string) => {
    const table = new Table(stack, `${name[0]?.toUpperCase()}${name.slice(1)}Table`, {
      tableName: `${stack.stackName}-${name}`,
      ...props,
      ...(ttl !== undefined && { timeToLiveAttribute: ttl }),
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryption: TableEncryption.AWS_MANAGED,
      pointInTimeRecoverySpecification: {
        pointInTimeRecoveryEnabled: settings.point_in_time_recovery,
      },
      deletionProtection: settings.deletion_protection,
      removalPolicy: settings.retain_tables ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    if (!settings.point_in_time_recovery) {
      acknowledge(
        table,
        'AwsSolutions-DDB3',
        'The operator turned point_in_time_recovery off in the settings of this stack.',
      );
    }
    return table;
  };

  const policies = add('policies', { partitionKey: text('policy'), sortKey: text('item') });
  // Whole items: an index that proposes is matched by the pattern before anything is read consistently.
  policies.addGlobalSecondaryIndex({
    indexName: 'byRepository',
    partitionKey: text('repository_key'),
    sortKey: text('repository_prefix'),
    projectionType: ProjectionType.ALL,
  });

  // "Plan rollout" asks who else may claim a container, and by what document.
  policies.addGlobalSecondaryIndex({
    indexName: 'byContainer',
    partitionKey: text('container_key'),
    projectionType: ProjectionType.ALL,
  });

  const rollouts = add(
    'rollouts',
    { partitionKey: text('rollout'), sortKey: text('item') },
    'expires_at',
  );
  // Keys alone: an index only proposes, a consistent read decides. `meta` holds the log and grows to many
  // KB; with keys alone an index is written when the status changes, not with each entry of the log.
  for (const [indexName, key] of [
    ['byStatus', 'status'],
    ['byPolicy', 'policy'],
  ] as const) {
    rollouts.addGlobalSecondaryIndex({
      indexName,
      partitionKey: text(key),
      sortKey: number('started_at_ms'),
      projectionType: ProjectionType.KEYS_ONLY,
    });
  }

  const hosts = add('hosts', { partitionKey: text('host'), sortKey: text('container') });
  return { policies, rollouts, hosts };
}
