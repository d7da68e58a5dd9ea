/**
 * A rollout and its hosts for programs. Names as in the product's records, instants in UTC; what is not
 * known, or has not happened, is null. Hosts are counted as their chunks tell: `updated` are those that an
 * update went to, whatever came of it.
 */
import { adviceFor } from '#core/advice.ts';
import type { Chunk, HostRecord } from '#core/chunk.ts';
import { type LogEntry, type Rollout, rolloutTitle, standingOf } from '#core/rollout.ts';
import { isOpen } from '#core/status.ts';
import { isoOf } from './format.ts';
import { reasonOf } from './reason.ts';

export function rolloutJson(rollout: Rollout): Record<string, unknown> {
  const { image, previous, plan, paused, hold, decision } = rollout;
  const isUnderWay = isOpen(standingOf(rollout));
  return {
    rollout_id: rollout.rollout,
    title: rolloutTitle(rollout),
    policy: rollout.policy,
    image_name: rollout.repository,
    old_tag: previous.tag,
    new_tag: image.tag,
    old_digest: previous.digest,
    new_digest: image.digest,
    strategy: rollout.settings.update_strategy,
    status: standingOf(rollout),
    reason: reasonOf(rollout),
    advice: adviceFor(rollout),
    total_devices: plan?.hosts ?? null,
    current_batch: rollout.batch + 1,
    total_batches: plan?.batches.length ?? null,
    plan_hash: rollout.plan_hash ?? null,
    triggered_by: rollout.triggered_by,
    created_at: isoOf(rollout.created_at_ms),
    started_at: isoOf(rollout.started_at_ms),
    completed_at: isoOrNull(rollout.completed_at_ms),
    next_batch_at: isUnderWay ? isoOrNull(rollout.next_batch_at_ms) : null,
    waits_until: isUnderWay ? isoOrNull(rollout.waits_until_ms) : null,
    approval_expires_at: isUnderWay ? isoOrNull(rollout.approval_expires_at_ms) : null,
    paused: paused ? { by: paused.by, why: paused.cause, since: isoOf(paused.since_ms) } : null,
    hold: hold ? { why: hold.reason, since: isoOf(hold.since_ms) } : null,
    decision: decision
      ? { action: decision.action, by: decision.by, why: decision.why, at: isoOf(decision.at_ms) }
      : null,
    error_message: rollout.error_message ?? null,
    execution_arn: rollout.execution_arn,
  };
}

/** The whole record: with what came in, the batches, and every host that was touched. */
export function wholeJson(rollout: Rollout, chunks: readonly Chunk[]): Record<string, unknown> {
  const hosts = chunks.flatMap((chunk) => chunk.hosts);
  const count = (...statuses: HostRecord['status'][]) =>
    hosts.filter(({ status }) => statuses.includes(status)).length;
  return {
    ...rolloutJson(rollout),
    webhook_payload: rollout.triggered_by_event,
    updated_devices: hosts.filter(({ attempts }) => attempts > 0).length,
    healthy_devices: count('completed'),
    failed_devices: count('failed', 'rollback_failed'),
    unknown_devices: count('unknown'),
    rolled_back_devices: count('rolled_back'),
    batches: rollout.plan?.batches.map(({ hosts: devices }, index) => ({
      batch_number: index + 1,
      devices,
    })),
    devices: chunks.flatMap(({ batch, hosts: own }) =>
      own.map((host) => deviceJson(rollout, batch, host)),
    ),
  };
}

function deviceJson({ previous, image }: Rollout, batch: number, host: HostRecord): unknown {
  const { probe, attempts } = host;
  return {
    device: host.host,
    batch_number: batch + 1,
    status: host.status,
    old_tag: host.digest_before === previous.digest ? previous.tag : null,
    new_tag: image.tag,
    old_digest: host.digest_before || null,
    new_digest: host.digest_after || null,
    health_check_passed: probe?.passed ?? null,
    health_check_details: probe?.detail ?? null,
    update_started_at: isoOrNull(host.started_at_ms),
    update_completed_at: isoOrNull(host.completed_at_ms),
    health_checked_at: isoOrNull(host.checked_at_ms),
    error_message: host.error || null,
    retry_count: Math.max(0, attempts - 1),
  };
}

export function entryJson({ seq, at_ms, ...entry }: LogEntry): Record<string, unknown> {
  return { seq, at: isoOf(at_ms), ...entry, request: entry.request ?? null };
}

function isoOrNull(atMs: number | undefined): string | null {
  return atMs === undefined ? null : isoOf(atMs);
}
