/** A push that has to roll out: followed to its end, or to the hold that waits for a person, and judged. */
import { readChunks, readPlannedHosts, readTallies, readTarget } from '#aws/rollout-store.ts';
import { type Rollout, rolloutTitle } from '#core/rollout.ts';
import { isOpen } from '#core/status.ts';
import { sumTallies, type Tally } from '#core/tally.ts';
import { judgePush } from './judge-push.ts';
import {
  awaitDecision,
  countRunning,
  isStart,
  letSettle,
  nameDigest,
  type Play,
  type Push,
  pushImage,
  sayRunning,
} from './play.ts';
import { readRunning, type Stage } from './stage.ts';
import type { PushStory, RolloutStory } from './story.ts';

/** 50 batches with a day between them. */
const ROLLOUT_MS = 50 * 24 * 3_600_000;

export async function playRollout(play: Play, push: Push): Promise<PushStory> {
  const { stage, narrator } = play;
  const before = readRunning(stage);
  const wentBackAtMs = watchWaysBack(stage);
  const last = narrator.rollouts.progress?.rollout.rollout;
  const digest = pushImage(play, push);
  const considered = await awaitDecision(play);
  if (isStart(considered)) {
    await narrator.run({
      until: () => narrator.rollouts.progress?.rollout.rollout !== last && isAtRest(play),
      untilMs: stage.cloud.clock.nowMs() + ROLLOUT_MS,
    });
  }
  narrator.say(`the hosts themselves: ${sayRunning(stage)}`);
  await letSettle(play);
  const rollout = narrator.rollouts.progress?.rollout;
  const story = { tag: push.tag, digest, considered };
  if (rollout?.image.digest !== digest) {
    const found = considered?.reason ?? 'nothing in the log of consider-image';
    const check = { what: 'the push', expected: `a rollout of ${push.tag}`, found, holds: false };
    return { ...story, rollout: undefined, runs: countRunning(stage), checks: [check] };
  }
  const after = await readAftermath(play, rollout);
  // Without a check nobody notices.
  const bad = rollout.settings.health_check_enabled ? push.bad : new Set<string>();
  const truth = { digest, bad, silent: stage.silent, before };
  const checks = judgePush(truth, { ...after, wentBackAtMs });
  const told = tellRollout(rollout, after.tallies);
  return { ...story, rollout: told, runs: countRunning(stage), checks };
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

/** Notes for each host when it takes the container from before again. */
function watchWaysBack({ cloud, container }: Stage): Map<string, number> {
  const atMs = new Map<string, number>();
  cloud.fleet.onEvent = (event) => {
    if (event.kind !== 'started' || event.container !== container) return;
    if (event.because === 'undo' || event.because === 'restore') atMs.set(event.host, event.atMs);
    else atMs.delete(event.host);
  };
  return atMs;
}

async function readAftermath({ stage, store }: Play, rollout: Rollout) {
  const batches = rollout.plan?.batches ?? [];
  const tallies = await Promise.all(
    batches.map((_, batch) => readTallies(store, rollout.rollout, batch)),
  );
  return {
    rollout,
    tallies,
    planned: (await readPlannedHosts(store, rollout.rollout)).flat(),
    chunks: await readChunks(store, rollout.rollout),
    target: await readTarget(store, rollout.policy, rollout.repository),
    running: readRunning(stage),
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
