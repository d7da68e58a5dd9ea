/** The forecast for programs: everything, nothing cut. Names as in the documents, instants in UTC. */
import type { Foresight } from '#core/foresee-rollout.ts';
import { isoOf } from './format.ts';
import { batchHosts, type Planned } from './planned.ts';

export function planJson(planned: Planned): Record<string, unknown> {
  const { source, stored, forecast, hosts } = planned;
  const { policy } = source;
  const { target, activeStatus } = stored ?? {};
  return {
    ok: forecast.refusal === undefined,
    policy: policy.id,
    file: source.file,
    repository: planned.repository,
    stack: planned.stack,
    region: planned.region,
    now: isoOf(planned.nowMs),
    is_stack_deployed: stored !== undefined,
    is_policy_deployed: planned.isDeployed,
    target:
      target === undefined
        ? null
        : {
            desired: target.desired,
            seen: target.seen,
            denied: target.denied,
            active: target.active?.rollout ?? null,
            active_status: activeStatus ?? null,
          },
    image: imageJson(planned),
    losers: forecast.choice.losers,
    other_tags: forecast.strangers,
    decision: forecast.decision,
    refusal: forecast.refusal ?? null,
    hosts: hosts.hosts.length,
    offline: hosts.offline,
    needs_approval: policy.update_strategy === 'manual',
    batches: batchHosts(forecast.plan).map((ids, index) => ({ batch: index + 1, hosts: ids })),
    timeline: {
      zone: policy.maintenance_window_zone ?? 'UTC',
      earliest: foresightJson(forecast.earliest),
      latest: foresightJson(forecast.latest),
    },
    warnings: forecast.warnings.map((warning) => ({
      file: source.file,
      line: source.lineOf(warning.field),
      ...warning,
    })),
  };
}

function imageJson({ forecast: { choice, isPretended } }: Planned): unknown {
  const { chosen, reason } = choice;
  if (chosen === undefined) return null;
  const { tag, digest, pushedAtMs } = chosen;
  return {
    tag,
    digest: isPretended ? null : digest,
    pushed_at: isPretended ? null : isoOf(pushedAtMs),
    reason,
  };
}

function foresightJson(foresight: Foresight | undefined): unknown {
  if (foresight === undefined) return null;
  const { steps, endsAtMs, stops } = foresight;
  return {
    steps: steps.map(({ fromMs, untilMs, ...step }) => ({
      ...step,
      ...('batch' in step && { batch: step.batch + 1 }),
      from: isoOf(fromMs),
      until: isoOf(untilMs),
    })),
    ends: endsAtMs === undefined ? null : isoOf(endsAtMs),
    stops: stops ?? null,
  };
}
