/**
 * The whole product on the embedded cloud, for tests: the stack as synthesized, a fleet that runs v1, and
 * what a test wants to see of it. Specify only what the test is about.
 */
import { inject } from 'vitest';
import { readChunks } from '#aws/chunk-store.ts';
import { readRollout, readTarget } from '#aws/rollout-store.ts';
import { openStore, type Store } from '#aws/store.ts';
import type { HostRecord } from '#core/chunk.ts';
import type { Rollout } from '#core/rollout.ts';
import type { Target } from '#core/target.ts';
import { createCloud } from '#local/cloud.ts';
import type { HostSpec } from '#local/hosts/fleet.ts';
import type { LocalCloud, LocalCloudOptions } from '#local/local-cloud.ts';
import { type Watch, watchInvariants } from '#test/invariants/watch-invariants.ts';
import { readGrants } from './granted-actions.ts';

const START_MS = Date.UTC(2026, 0, 5);
export const STACK = 'Longshore';
export const REPOSITORY = 'shop/web';

/** policies/shop-web.yaml without its waits, so that a test's story stays short. */
export const POLICY = {
  id: 'shop-web',
  image_pattern: 'shop/web:*',
  container: 'web',
  fleet_id: 'production',
  update_strategy: 'staged',
  staged_batches: [0.1, 0.5, 1],
  batch_delay_minutes: 5,
  health_check: { type: 'http', endpoint: 'http://localhost:8080/health' },
  on_threshold: 'rollback',
} as const;

export interface Start extends Omit<Partial<LocalCloudOptions>, 'hosts'> {
  hosts?: number;
  host?: (index: number) => HostSpec;
  policies?: readonly Record<string, unknown>[];
  /** Settings of the stack that differ from the defaults. */
  settings?: Record<string, unknown>;
  /** The machines' definitions by name, with their placeholders. Default: those of the template. */
  definitions?: Readonly<Record<string, string>>;
  prepare?: (cloud: LocalCloud) => void;
}

export interface TestCloud {
  cloud: LocalCloud;
  store: Store;
  watch: Watch;
  v1: string;
  /** Pushes and drives time until nothing happens any more. Returns the digest. */
  roll(tag: string, isBad?: boolean): Promise<string>;
  push(tag: string, isBad?: boolean): string;
  rollouts(): Promise<Rollout[]>;
  /** The newest rollout; throws where there is none. */
  newest(): Promise<Rollout>;
  target(policy?: string): Promise<Target>;
  hostRecords(rollout: Rollout): Promise<HostRecord[]>;
  /** What runs, by digest: how many hosts. */
  running(container?: string): Record<string, number>;
  /** `message` and `reason` of the log's lines. */
  reasons(message?: string): string[];
}

export async function startCloud(start: Start = {}): Promise<TestCloud> {
  const {
    hosts = 20,
    policies = [POLICY],
    settings,
    definitions,
    host,
    prepare,
    ...options
  } = start;
  const template = templateWith(policies, settings, definitions);
  let v1 = '';
  let watch: Watch | undefined;
  const cloud = await createCloud({
    seed: 1,
    startMs: START_MS,
    stackName: STACK,
    ...options,
    template,
    prepare: (made) => {
      watch = watchInvariants(made, readGrants(template), { stack: STACK });
      made.ecr.createRepository(REPOSITORY);
      v1 = made.ecr.push(REPOSITORY, { tag: 'v1' });
      made.fleet.addMany(hosts, (index) => ({
        tags: { 'longshore:enabled': 'true', 'longshore:fleet': 'production' },
        containers: { web: v1 },
        ...host?.(index),
      }));
      prepare?.(made);
    },
  });
  await cloud.settle();
  if (watch === undefined) throw new Error('the cloud was never prepared');
  return testCloud(cloud, watch, v1);
}

function testCloud(cloud: LocalCloud, watch: Watch, v1: string): TestCloud {
  const store = openStore(cloud.runtimeFor(`${STACK}-sweep`));
  const push = (tag: string, isBad = false) => {
    const digest = cloud.ecr.push(REPOSITORY, { tag });
    if (isBad) cloud.fleet.images.set(digest, { unhealthyShare: 1 });
    return digest;
  };
  const rollouts = async () => {
    const found: Rollout[] = [];
    for (const item of Object.values(cloud.dynamo.dump()).flat()) {
      if (typeof item !== 'object' || item === null || !('item' in item)) continue;
      if (item.item !== 'meta' || !('rollout' in item)) continue;
      const rollout = await readRollout(store, String(item.rollout));
      if (rollout !== undefined) found.push(rollout);
    }
    return found.toSorted((one, other) => one.generation - other.generation);
  };
  return {
    cloud,
    store,
    watch,
    v1,
    push,
    rollouts,
    roll: async (tag, isBad) => {
      const digest = push(tag, isBad);
      await cloud.settle();
      return digest;
    },
    newest: async () => {
      const rollout = (await rollouts()).at(-1);
      if (rollout === undefined) throw new Error('there is no rollout');
      return rollout;
    },
    target: async (policy = POLICY.id) => {
      const target = await readTarget(store, policy, REPOSITORY);
      if (target === undefined) throw new Error(`${policy} has no target`);
      return target;
    },
    hostRecords: async (rollout) =>
      (await readChunks(store, rollout.rollout)).flatMap((chunk) => chunk.hosts),
    running: (container = 'web') => {
      const counts: Record<string, number> = {};
      for (const host of cloud.fleet.list) {
        const digest = host.running(container) ?? '';
        counts[digest] = (counts[digest] ?? 0) + 1;
      }
      return counts;
    },
    reasons: (message) =>
      cloud.logs
        .filter(({ line }) => message === undefined || line['message'] === message)
        .map(({ line }) => String(line['reason'] ?? line['message'])),
  };
}

/** The synthesized template, with these policies in its custom resource and these settings for its lambdas. */
export function templateWith(
  policies: readonly Record<string, unknown>[],
  settings: Record<string, unknown> | undefined,
  definitions: Start['definitions'] = {},
): unknown {
  return JSON.parse(inject('template'), (key, value: unknown) => {
    if (isMachine(value)) {
      const { DefinitionString } = value;
      const name = value.StateMachineName.replace(`${STACK}-`, '');
      return { ...value, DefinitionString: definitions[name] ?? DefinitionString };
    }
    if (key === 'policies' && typeof value === 'string') return JSON.stringify(policies);
    if (key === 'SETTINGS' && typeof value === 'string' && settings !== undefined) {
      return JSON.stringify({ ...JSON.parse(value), ...settings });
    }
    return value;
  });
}

function isMachine(
  value: unknown,
): value is { StateMachineName: string; DefinitionString: string } {
  return typeof value === 'object' && value !== null && 'StateMachineName' in value;
}
