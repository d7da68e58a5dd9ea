/**
 * The hosts of a rollout are frozen with its plan, within the policy's `max_hosts`, and had opted in when SSM listed them
 * for it; no command goes to another. (A tag that is taken off later is IAM's affair: SSM refuses the send.)
 */
import type { ApiCall, ApiOutcome } from '#local/wire.ts';
import type { Check, Context } from './check.ts';
import type { PlanPart, Write } from './item-kinds.ts';
import { asList, isRecord } from './wire-item.ts';

export const plannedHosts: Check = {
  name: 'I18',
  begin: (context) => {
    const listed: Listed = new Map();
    return {
      onCall: (call, outcome) => noteListed(context, call, outcome, listed),
      onWrite: (write) => {
        if (write.kind === 'plan') judgePart(context, write.before, write.after, listed);
        if (write.kind === 'meta') judgePlan(context, write);
      },
      onSend: ({ command, hosts }) => {
        const { mirror, report } = context;
        const part = mirror
          .plansOf(command.rollout)
          .find(({ first_chunk, chunks }) => chunks[command.chunk - first_chunk] !== undefined);
        const planned = part?.chunks[command.chunk - part.first_chunk];
        const foreign = hosts.filter((host) => !planned?.includes(host));
        if (foreign.length > 0) {
          report(`${command.rollout} sent ${command.op} to ${foreign.join(', ')}, not of its plan`);
        }
      },
    };
  },
};

/** By rollout: the hosts that SSM listed for its plan, and that had opted in as it did. */
type Listed = Map<string, Set<string>>;

function noteListed(
  { cloud }: Context,
  { operation, caller }: ApiCall,
  outcome: ApiOutcome,
  listed: Listed,
): void {
  if (operation !== 'DescribeInstanceInformation' || 'error' in outcome) return;
  const { payload } = caller ?? {};
  const id = isRecord(payload) ? String(payload['rolloutId']) : '';
  const own = listed.get(id) ?? new Set<string>();
  listed.set(id, own);
  for (const one of asList(outcome.output['InstanceInformationList'])) {
    const host = isRecord(one) ? String(one['InstanceId']) : '';
    if (cloud.fleet.find(host)?.tags.get('longshore:enabled') === 'true') own.add(host);
  }
}

function judgePart(
  { mirror, report }: Context,
  before: PlanPart | undefined,
  after: PlanPart | undefined,
  listed: Listed,
): void {
  if (after === undefined) return;
  const { rollout, chunks } = after;
  const isFrozen = mirror.rollout(rollout)?.plan_hash !== undefined;
  if (isFrozen && JSON.stringify(before?.chunks) !== JSON.stringify(chunks)) {
    report(`the plan of ${rollout} changed after it was made`);
  }
  for (const id of chunks.flat()) {
    const hadOptedIn = listed.get(rollout)?.has(id) === true;
    if (!hadOptedIn) report(`${rollout} plans ${id}, which has not opted in`);
  }
}

function judgePlan({ mirror, report }: Context, { kind, before, after }: Write): void {
  if (kind !== 'meta' || after?.plan === undefined) return;
  const { rollout, plan, plan_hash, settings } = after;
  if (before?.plan_hash !== undefined) {
    if (before.plan_hash !== plan_hash) report(`${rollout} has another plan than it had`);
    return;
  }
  const planned = mirror.plansOf(rollout).flatMap(({ chunks }) => chunks.flat());
  if (new Set(planned).size !== plan.hosts) {
    report(`${rollout} plans ${plan.hosts} hosts, and its parts name ${new Set(planned).size}`);
  }
  if (plan.hosts > (settings.max_hosts ?? plan.hosts)) {
    report(`${rollout} plans ${plan.hosts} hosts, more than max_hosts`);
  }
}
