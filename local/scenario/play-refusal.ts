/** A push that must start nothing: its event is considered, and the log says why. */
import { checkEqual, checkHosts } from './check.ts';
import {
  awaitDecision,
  checkAnswers,
  countRunning,
  isStart,
  letSettle,
  nameDigest,
  type Play,
  pushImage,
} from './play.ts';
import type { StagePush } from './stage-fleet.ts';
import type { PushStory } from './story.ts';

export async function playRefusal(play: Play, push: StagePush): Promise<PushStory> {
  const { stage, narrator } = play;
  const before = await stage.fleet.readRunning();
  const last = narrator.rollouts.progress?.rollout.rollout;
  const digest = await pushImage(play, push);
  const considered = await awaitDecision(play);
  const why = considered?.reason ?? '';
  if (!isStart(considered) && why !== '')
    narrator.say(`${push.tag} starts nothing: ${why}`, 'good');
  await letSettle(play);
  const isQuiet = narrator.rollouts.progress?.rollout.rollout === last;
  const running = await stage.fleet.readRunning();
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
    runs: countRunning(stage, running),
    checks: [
      checkEqual('what the push starts', 'nothing', isQuiet ? 'nothing' : 'a rollout'),
      checkEqual('why', 'a reason in the log', why === '' ? 'none' : 'a reason in the log'),
      checkHosts('what the hosts run', rows),
      ...(await checkAnswers(stage, running)),
    ],
  };
}
