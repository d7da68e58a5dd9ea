/**
 * `npm run local -- --keep`: the story's cloud stays up on a port. It listens before anything else is done, so
 * that a port that is taken is said at once; who calls before the cloud is there waits for it.
 */
import { LOCAL_PLACE, type LocalCloud } from '../local-cloud.ts';
import type { Audience } from '../scenario/audience.ts';
import type { Play } from '../scenario/play.ts';
import { openPlay, playAll, playOpening } from '../scenario/play-story.ts';
import { openFleet } from '../scenario/stage.ts';
import type { Story, StoryOptions } from '../scenario/story.ts';
import { REPOSITORY, type StoryStack } from '../scenario/story-policy.ts';
import { type Served, serve } from '../serve/serve.ts';
import type { Pacer } from '../view/pacer.ts';
import type { LivePace } from './live-pace.ts';
import { Outside } from './outside.ts';

const DAY_MS = 86_400_000;

/** What a program outside has to know. */
export interface Address {
  endpoint: string;
  region: string;
  accountId: string;
  repository: string;
  rolloutMachine: string;
}

export interface Keep {
  /** 0: any that is free. */
  port: number;
  playsStory: boolean;
  options: StoryOptions;
  audience: Audience;
  pace: LivePace;
  /** Once the story is over. */
  livePacer: Pacer;
  readStack: () => Promise<StoryStack>;
  /** Asked for once there is something to end. */
  untilEnded: () => AbortSignal;
  onListening: (endpoint: string) => void;
  /** The story has been told, where there is one, and the cloud stays up. */
  onUp: (address: Address, story: Story | undefined) => void;
}

/** Returns when somebody ends it. Throws UnusablePortError and UnusableStackError. */
export async function keepUp(keep: Keep): Promise<void> {
  const outside = Promise.withResolvers<Outside>();
  let cloud: LocalCloud | undefined;
  const served = await serve({
    port: keep.port,
    region: LOCAL_PLACE.region,
    services: ['dynamodb', 'ec2', 'ecr', 'events', 'sfn', 'sns', 'sqs', 'ssm', 'sts'],
    answer: async (call) => (await outside.promise).answer(call),
    nowMs: () => cloud?.clock.nowMs(),
  });
  try {
    keep.onListening(served.endpoint);
    const stack = await keep.readStack();
    const fleet = await openFleet(stack, keep.options, keep.audience);
    try {
      const play = await openPlay(stack, fleet, keep.options, keep.audience);
      ({ cloud } = play.stage);
      keep.pace.endBy(keep.untilEnded());
      await stayUp(play, keep, served, outside.resolve);
    } finally {
      await fleet.close();
    }
  } catch (error) {
    if (!keep.pace.hasEnded) throw error;
  } finally {
    served.close();
    keep.audience.keep();
  }
}

async function stayUp(
  play: Play,
  keep: Keep,
  { endpoint }: Served,
  open: (outside: Outside) => void,
): Promise<never> {
  const { cloud } = play.stage;
  const outside = new Outside(play, keep.pace, endpoint);
  open(outside);
  let story: Story | undefined;
  if (keep.playsStory) story = await playAll(play, keep.options);
  else await playOpening(play);
  const { region, accountId, stackName } = cloud.account;
  const rolloutMachine = cloud.machines.get(`${stackName}-rollout`) ?? '';
  keep.onUp({ endpoint, region, accountId, repository: REPOSITORY, rolloutMachine }, story);
  keep.pace.pacer = keep.livePacer;
  outside.begin();
  for (;;) await play.narrator.run({ untilMs: cloud.clock.nowMs() + DAY_MS });
}
