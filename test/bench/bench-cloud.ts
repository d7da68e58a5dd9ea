/**
 * A fleet that runs v1 in the embedded cloud of the synthesized template, for the benchmarks: the policy of
 * the examples unless a benchmark says otherwise, and what it counts.
 */
import { openStore, type Store } from '#aws/store.ts';
import { synthesizeTemplate } from '#lib/longshore-app.ts';
import { createCloud } from '#local/cloud.ts';
import type { HostSpec } from '#local/hosts/fleet.ts';
import type { LocalCloud, LocalCloudOptions } from '#local/local-cloud.ts';

export const STACK = 'Longshore';
export const REPOSITORY = 'shop/web';

/** policies/shop-web.yaml in short: three batches, and nobody waits between them. */
export const POLICY = {
  id: 'shop-web',
  image_pattern: 'shop/web:*',
  container: 'web',
  fleet_id: 'production',
  update_strategy: 'staged',
  staged_batches: [0.1, 0.5, 1],
  batch_delay_minutes: 0,
  health_check: { type: 'http', endpoint: 'http://localhost:8080/health' },
  on_threshold: 'rollback',
} as const;

export interface Opening extends Omit<Partial<LocalCloudOptions>, 'hosts'> {
  hosts: number;
  host?: (index: number) => HostSpec;
  /** Default: the one above. */
  policies?: readonly Record<string, unknown>[];
  /** Fields of that one that differ. */
  policy?: Record<string, unknown>;
  /** Settings of the stack that differ from the defaults. */
  settings?: Record<string, unknown>;
  prepare?: (cloud: LocalCloud) => void;
}

export interface BenchCloud {
  cloud: LocalCloud;
  store: Store;
  v1: string;
  /** Returns the digest. */
  push(tag: string, isBad?: boolean): string;
}

let synthesized: string | undefined;

/** Opens the cloud; the policy has been deployed, and its first look is over. */
export async function openBenchCloud(opening: Opening): Promise<BenchCloud> {
  const { hosts, host, policies, policy, settings, prepare, ...options } = opening;
  let v1 = '';
  const cloud = await createCloud({
    seed: 1,
    startMs: Date.UTC(2026, 0, 5),
    stackName: STACK,
    hosts: { keepsLogs: false },
    ...options,
    template: templateWith(policies ?? [{ ...POLICY, ...policy }], settings),
    prepare: (made) => {
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
  const push = (tag: string, isBad = false) => {
    const digest = cloud.ecr.push(REPOSITORY, { tag });
    if (isBad) cloud.fleet.images.set(digest, { unhealthyShare: 1 });
    return digest;
  };
  return { cloud, store: openStore(cloud.runtimeFor(`${STACK}-sweep`)), v1, push };
}

function templateWith(
  policies: readonly Record<string, unknown>[],
  settings: Record<string, unknown> | undefined,
): unknown {
  synthesized ??= JSON.stringify(synthesizeTemplate());
  return JSON.parse(synthesized, (key, value: unknown) => {
    if (typeof value !== 'string') return value;
    if (key === 'policies') return JSON.stringify(policies);
    if (key === 'SETTINGS' && settings !== undefined) {
      return JSON.stringify({ ...JSON.parse(value), ...settings });
    }
    return value;
  });
}
