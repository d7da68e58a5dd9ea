/** A push that must start nothing: its event is considered, and the log says why. */
import { checkEqual, checkHosts } from './check.ts';
import {
  awaitDecision,
  countRunning,
  isStart,
  letSettle,
  nameDigest,
  type Play,
  type Push,
  pushImage,
} from './play.ts';
import { readRunning } from './stage.ts';
import type { PushStory } from './story.ts';

export async function playRefusal(play: Play, push: Push): Promise<PushStory> {
  const { stage, narrator } = play;
  const before = readRunning(stage);
  const last = narrator.rollouts.progress?.rollout.rollout;
  const digest = pushImage(play, push);
  const considered = await awaitDecision(play);
  const why = considered?.reason ?? '';
  if (!isStart(considered) && why !== '')
    narrator.say(`${push.tag} starts nothing: ${why}`, 'good');
  await letSettle(play);
  const isQuiet = narrator.rollouts.progress?.rollout.rollout === last;
  const running = readRunning(stage);
  const rows = [...before].map(([host, ran]) => ({
    host,
    expected: nameDigest(stage, ran),
    found: nameDigest(stage, running.get(host)),
  }));
  return {
    tag: push.tag,
    digest,
    considered,
    rollout: undefined,
    runs: countRunning(stage),
    checks: [
      checkEqual('what the push starts', 'nothing', isQuiet ? 'nothing' : 'a rollout'),
      checkEqual('why', 'a reason in the log', why === '' ? 'none' : 'a reason in the log'),
      checkHosts('what the hosts run', rows),
    ],
  };
}
