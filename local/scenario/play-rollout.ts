/** A push that has to roll out: followed to its end, or to the hold that waits for a person, and judged. */
import { readChunks, readPlannedHosts, readTallies } from '#aws/chunk-store.ts';
import { readTarget } from '#aws/rollout-store.ts';
import { type Rollout, rolloutTitle } from '#core/rollout.ts';
import { isOpen } from '#core/status.ts';
import { sumTallies, type Tally } from '#core/tally.ts';
import { judgePush } from './judge-push.ts';
import {
  awaitDecision,
  checkAnswers,
  countRunning,
  isStart,
  letSettle,
  nameDigest,
  type Play,
  pushImage,
  type Running,
  sayRunning,
} from './play.ts';
import type { StagePush } from './stage-fleet.ts';
import type { PushStory, RolloutStory } from './story.ts';

/** 50 batches with a day between them. */
const ROLLOUT_MS = 50 * 24 * 3_600_000;

export async function playRollout(play: Play, push: StagePush): Promise<PushStory> {
  const { stage, narrator } = play;
  const { fleet } = stage;
  const before = await fleet.readRunning();
  const wentBackAtMs = fleet.watchWaysBack();
  const last = narrator.rollouts.progress?.rollout.rollout;
  const digest = await pushImage(play, push);
  const considered = await awaitDecision(play);
  if (isStart(considered)) {
    await narrator.run({
      until: () => narrator.rollouts.progress?.rollout.rollout !== last && isAtRest(play),
      untilMs: stage.cloud.clock.nowMs() + ROLLOUT_MS,
    });
  }
  narrator.say(`the hosts themselves: ${sayRunning(stage, await fleet.readRunning())}`);
  await letSettle(play);
  const running = await fleet.readRunning();
  const rollout = narrator.rollouts.progress?.rollout;
  const story = { tag: push.tag, digest, considered, runs: countRunning(stage, running) };
  if (rollout?.image.digest !== digest) {
    const found = considered?.reason ?? 'nothing in the log of consider-image';
    const check = { what: 'the push', expected: `a rollout of ${push.tag}`, found, holds: false };
    return { ...story, rollout: undefined, checks: [check] };
  }
  const after = await readAftermath(play, rollout, running);
  // Without a check nobody notices.
  const bad = rollout.settings.health_check_enabled ? push.bad : new Set<string>();
  const truth = { digest, bad, silent: fleet.silent, before };
  const checks = [
    ...judgePush(truth, { ...after, wentBackAtMs }),
    ...(await checkAnswers(stage, running)),
  ];
  return { ...story, rollout: tellRollout(rollout, after.tallies), checks };
}

/** Nothing walks any more, or a person is waited for. */
function isAtRest({ stage, narrator }: Play): boolean {
  const status = narrator.rollouts.progress?.rollout.status;
  if (status === undefined) return false;
  if (status === 'held' || status === 'paused' || status === 'awaiting_approval') return true;
  if (isOpen(status)) return false;
  const { machines, stepFunctions } = stage.cloud;
  return [...machines.values()].every((arn) =>
    stepFunctions.executions(arn).every((execution) => execution['status'] !== 'RUNNING'),
  );
}

async function readAftermath({ stage, store }: Play, rollout: Rollout, running: Running) {
  const batches = rollout.plan?.batches ?? [];
  const tallies = await Promise.all(
    batches.map((_, batch) => readTallies(store, rollout.rollout, batch)),
  );
  return {
    rollout,
    tallies,
    planned: (await readPlannedHosts(store, rollout)).flat(),
    chunks: await readChunks(store, rollout.rollout),
    target: await readTarget(store, rollout.policy, rollout.repository),
    running,
    nameOf: (digest: string | undefined) => nameDigest(stage, digest),
  };
}

function tellRollout(rollout: Rollout, tallies: readonly (readonly Tally[])[]): RolloutStory {
  const endMs = rollout.completed_at_ms ?? rollout.log.at(-1)?.at_ms ?? rollout.created_at_ms;
  const batches = rollout.plan?.batches ?? [];
  return {
    id: rollout.rollout,
    title: rolloutTitle(rollout),
    from: rollout.previous.tag,
    to: rollout.image.tag,
    status: rollout.status,
    reason: rollout.log.at(-1)?.why ?? '',
    virtualSeconds: Math.floor((endMs - rollout.created_at_ms) / 1000),
    batches: batches.map(({ hosts }, batch) => {
      const { completed, skipped, failed, unknown } = sumTallies(tallies[batch] ?? []);
      return { hosts, completed, skipped, failed, unknown };
    }),
    totals: rollout.totals ?? {},
    log: rollout.log,
  };
}
