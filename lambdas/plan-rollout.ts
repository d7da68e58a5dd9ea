/**
 * "Plan rollout": finds the hosts, a turn at a time, freezes batches and chunks, and asks for an approval
 * where the policy wants one; outside the maintenance window it says until when to wait. It is also the
 * door by which an approval comes back, and by which a run of a rollout that goes back finds its way.
 */
import { openSsm } from '#aws/commands.ts';
import { defineHandler } from '#aws/define-handler.ts';
import { readEnvironment } from '#aws/environment.ts';
import { readHostsTurn, storePlan } from '#aws/plan-turns.ts';
import { saveRollout } from '#aws/publish.ts';
import { readRivals } from '#aws/read-rivals.ts';
import { openEc2 } from '#aws/read-zones.ts';
import { hasImage, openRegistry } from '#aws/registry.ts';
import { readSchedule, writeRollout } from '#aws/rollout-store.ts';
import { openWalkServices, readWalk, StepInput } from '#aws/walk.ts';
import { refuse, refuseClaim, refusePlan } from '#core/judge-plan.ts';
import { planStart } from '#core/plan-start.ts';
import { standingOf } from '#core/rollout.ts';
import { isOpen } from '#core/status.ts';

export const handler = defineHandler({
  Input: StepInput,
  services: (runtime) => ({
    ...openWalkServices(runtime),
    ssm: openSsm(runtime),
    ec2: openEc2(runtime),
    ecr: openRegistry(runtime),
    env: readEnvironment(runtime),
    nowMs: runtime.nowMs,
  }),
  run: async (input, { services, log, nowMs }) => {
    const walked = await readWalk(services, input, nowMs());
    if (walked.kind !== 'walks') return { verdict: walked.kind, reason: walked.reason };
    const { rollout } = walked;
    if (standingOf(rollout) === 'rolling_back') {
      return { verdict: 'roll_back', reason: 'the rollout goes back' };
    }
    if (!isOpen(rollout.status)) {
      return { verdict: 'nothing_to_do', reason: `the rollout is ${rollout.status}` };
    }
    if (rollout.decision?.action === 'cancel') {
      return { verdict: 'nothing_to_do', reason: rollout.decision.why };
    }
    let planned = rollout;
    if (rollout.plan === undefined) {
      if (rollout.error_message !== undefined) {
        return { verdict: 'refused', reason: rollout.error_message };
      }
      const turn = await readHostsTurn(services, rollout);
      if (turn.kind === 'expired') {
        await writeRollout(services.store, { ...rollout, plan_attempt: rollout.plan_attempt + 1 });
        return { verdict: 'more', reason: 'the list of hosts begins again' };
      }
      if (turn.kind === 'more') return { verdict: 'more', reason: 'there are more hosts' };
      const { store, ecr, env } = services;
      const [isThere, rivals] = await Promise.all([
        hasImage(ecr, rollout.image.repository, rollout.image.digest),
        readRivals(store, rollout, env.settings),
      ]);
      for (const { policy, problem } of rivals.unusable) {
        log.error('the policy cannot be used', { policy, reason: problem });
      }
      const refusal = refusePlan(rollout, turn, isThere) ?? refuseClaim(rollout, rivals);
      if (refusal !== undefined) {
        await saveRollout(services.store, services.bus, refuse(rollout, refusal));
        return { verdict: 'refused', reason: refusal };
      }
      planned = { ...rollout, ...(await storePlan(services.store, rollout, turn)) };
      log.info('hosts planned', {
        rollout: rollout.rollout,
        hosts: planned.plan?.hosts,
        offline: turn.offline,
      });
    }
    const schedule = await readSchedule(services.store, planned);
    const { rollout: next, ...answer } = planStart(planned, schedule, nowMs());
    if (next !== rollout) await saveRollout(services.store, services.bus, next);
    return answer;
  },
});
