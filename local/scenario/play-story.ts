/**
 * The story: a fleet runs v1; v2 is pushed and rolls out; v3 is pushed, fails everywhere and goes back; the
 * same image under another tag starts nothing. A rollout that waits for a person ends it: nobody answers.
 */
import { readTarget } from '#aws/rollout-store.ts';
import { isOpen } from '#core/status.ts';
import type { Audience } from './audience.ts';
import { checkEqual } from './check.ts';
import { Narrator } from './narrator.ts';
import { openWatchStore } from './open-watch-store.ts';
import { awaitDecision, nameDigest, type Play, shortDigest } from './play.ts';
import { playRefusal } from './play-refusal.ts';
import { playRollout } from './play-rollout.ts';
import { openFleet, setStage } from './stage.ts';
import type { StageFleet } from './stage-fleet.ts';
import type { Check, PushStory, Story, StoryOptions } from './story.ts';
import { REPOSITORY, type StoryStack } from './story-policy.ts';

const NO_HOST: ReadonlySet<string> = new Set();

export async function playStory(
  stack: StoryStack,
  options: StoryOptions,
  audience: Audience,
): Promise<Story> {
  const fleet = await openFleet(stack, options, audience);
  try {
    return await playAll(await openPlay(stack, fleet, options, audience), options);
  } finally {
    await fleet.close();
  }
}

/** The stage is set, and nothing has happened on it. */
export async function openPlay(
  stack: StoryStack,
  fleet: StageFleet,
  options: StoryOptions,
  audience: Audience,
): Promise<Play> {
  const stage = await setStage(stack, fleet, options);
  const store = openWatchStore(stage.cloud);
  return { stage, store, narrator: new Narrator(stage, store, audience) };
}

export async function playAll(play: Play, options: StoryOptions): Promise<Story> {
  const opening = await playOpening(play);
  const pushes: PushStory[] = [];
  let stoppedBecause = opening.every(({ holds }) => holds) ? undefined : 'the opening failed';
  for (const next of [playGood, playBad, playAgain]) {
    if (stoppedBecause !== undefined) break;
    pushes.push(await next(play, pushes));
    play.narrator.keep();
    stoppedBecause = waitsForSomeone(pushes);
  }
  const { cloud, fleet, policy } = play.stage;
  const checks = [...opening, ...pushes.flatMap((push) => push.checks)];
  return {
    isAsExpected: checks.every(({ holds }) => holds),
    options,
    policy: policy.id,
    opening,
    pushes,
    stoppedBecause,
    apiCalls: Object.fromEntries([...cloud.apiCalls].toSorted()),
    lambdaInvocations: cloud.functions
      .names()
      .reduce((sum, name) => sum + cloud.functions.invocations(name), 0),
    stateTransitions: cloud.stepFunctions.stateTransitions(),
    virtualSeconds: Math.round((cloud.clock.nowMs() - fleet.startMs) / 1000),
  };
}

/** The policies are deployed by now; the look that they caused has to record v1 as what is desired. */
export async function playOpening(play: Play): Promise<Check[]> {
  const { stage, store, narrator } = play;
  const { v1, policy } = stage;
  const hosts = stage.fleet.ids.length;
  narrator.say(`${hosts} hosts run ${REPOSITORY}:v1 (${shortDigest(v1)}); the stack is deployed`);
  await awaitDecision(play);
  // The decision is logged before it is written.
  await narrator.run({ untilMs: stage.cloud.clock.nowMs() + 1_000 });
  const target = await readTarget(store, policy.id, REPOSITORY);
  const desired = nameDigest(stage, target?.desired.digest);
  narrator.say(`policy ${policy.id} desires ${desired}`);
  return [checkEqual(`what ${policy.id} desires at first`, 'v1', desired)];
}

function playGood(play: Play): Promise<PushStory> {
  return playRollout(play, { tag: 'v2', bad: play.stage.fleet.failing });
}

function playBad(play: Play): Promise<PushStory> {
  const everyHost = new Set(play.stage.fleet.ids);
  return playRollout(play, { tag: 'v3', bad: everyHost });
}

function playAgain(play: Play, [, bad]: readonly PushStory[]): Promise<PushStory> {
  return playRefusal(play, {
    tag: 'v3-again',
    ...(bad !== undefined && { digest: bad.digest }),
    bad: NO_HOST,
  });
}

/** A rollout that is still open blocks the next one, or would be taken over by it: another story. */
function waitsForSomeone(pushes: readonly PushStory[]): string | undefined {
  const last = pushes.at(-1);
  if (last?.checks.some(({ holds }) => !holds)) return `${last.tag} did not end as expected`;
  const rollout = last?.rollout;
  if (rollout === undefined || !isOpen(rollout.status) || pushes.length > 1) return undefined;
  return `${rollout.title} is ${rollout.status} and waits for a person`;
}
