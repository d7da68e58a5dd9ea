/**
 * "Plan rollout": finds the hosts, a stretch at a time, freezes batches and chunks, and asks for an approval
 * where the policy wants one; outside the maintenance window it says until when to wait. It is also the
 * door by which an approval comes back, and by which a run of a rollout that goes back finds its way.
 */
import { openSsm } from '#aws/commands.ts';
import { defineHandler } from '#aws/define-handler.ts';
import { readEnvironment } from '#aws/environment.ts';
import { findHosts, readFirstChain } from '#aws/find-hosts.ts';
import { publishOwed, saveRollout } from '#aws/publish.ts';
import { readRivals } from '#aws/read-rivals.ts';
import { openEc2 } from '#aws/read-zones.ts';
import { hasImage, openRegistry } from '#aws/registry.ts';
import { writeRollout } from '#aws/rollout-store.ts';
import { both } from '#aws/store.ts';
import { storePlan } from '#aws/store-plan.ts';
import { openWalkServices, readWalk, StepInput } from '#aws/walk.ts';
import { refuse, refuseClaim, refusePlan } from '#core/judge-plan.ts';
import { planStart } from '#core/plan-start.ts';
import { standingOf } from '#core/rollout.ts';
import { chooseSchedule } from '#core/schedule.ts';
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
    const { store, bus, ecr, env } = services;
    const [walked, firstChain] = await Promise.all([
      readWalk(services, input, nowMs()),
      readFirstChain(store, input.rolloutId),
    ]);
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
    let { schedule } = walked;
    if (rollout.plan === undefined) {
      if (rollout.error_message !== undefined) {
        return { verdict: 'refused', reason: rollout.error_message };
      }
      // Whoever made the rollout has left its first event to be published here, where nothing waits for it.
      const [published, found] = await both(
        publishOwed(store, bus, rollout),
        findHosts(services, rollout, firstChain, () =>
          Promise.all([
            hasImage(ecr, rollout.image.repository, rollout.image.digest),
            readRivals(store, rollout, env.settings),
          ]),
        ),
      );
      planned = published;
      if (found.kind === 'expired') {
        await writeRollout(store, { ...planned, plan_attempt: rollout.plan_attempt + 1 });
        return { verdict: 'more', reason: 'the list of hosts begins again' };
      }
      if (found.kind === 'more') return { verdict: 'more', reason: 'there are more hosts' };
      const [isThere, rivals] = found.beside;
      schedule = chooseSchedule(rollout.settings, rivals.own);
      for (const { policy, problem } of rivals.unusable) {
        log.error('the policy cannot be used', { policy, reason: problem });
      }
      const refusal = refusePlan(rollout, found, isThere) ?? refuseClaim(rollout, rivals);
      if (refusal !== undefined) {
        await saveRollout(store, bus, refuse(planned, refusal));
        return { verdict: 'refused', reason: refusal };
      }
      planned = { ...planned, ...(await storePlan(store, rollout, found)) };
      log.info('hosts planned', {
        rollout: rollout.rollout,
        hosts: planned.plan?.hosts,
        offline: found.offline,
      });
    }
    const { rollout: next, ...answer } = planStart(planned, schedule, nowMs());
    if (next !== rollout) await saveRollout(store, bus, next);
    return answer;
  },
});
