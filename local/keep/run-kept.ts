/** `--keep` as the program shows it: what is printed, and in which form. */
import type { Audience } from '../scenario/audience.ts';
import type { StoryOptions } from '../scenario/story.ts';
import type { Speed } from '../scenario/story-options.ts';
import type { StoryStack } from '../scenario/story-policy.ts';
import type { Screen } from '../view/live-view.ts';
import { Pacer, type Pass } from '../view/pacer.ts';
import { pageOf, readReal, writeLines } from '../view/page.ts';
import { renderAddress } from '../view/render-address.ts';
import { renderSummary } from '../view/render-summary.ts';
import { keepUp } from './keep-up.ts';
import { LivePace } from './live-pace.ts';

/** Idle time cannot leap: it would never end. */
const LIVE_SPEED = 120;

export interface KeptRun {
  options: { port?: number; story: boolean; speed: Speed; json?: true };
  storyOptions: StoryOptions;
  out: Screen;
  audienceWith: (pass: Pass) => Audience;
  readStack: () => Promise<StoryStack>;
  untilEnded: () => AbortSignal;
}

/** Returns when somebody ends it. */
export async function runKept(run: KeptRun): Promise<void> {
  const { options, out } = run;
  const startedMs = performance.now();
  const speed = options.speed === 'max' ? LIVE_SPEED : options.speed;
  const livePacer = new Pacer(speed);
  const pace = new LivePace(options.speed === 'max' ? undefined : livePacer);
  await keepUp({
    port: options.port ?? 0,
    playsStory: options.story,
    options: run.storyOptions,
    audience: run.audienceWith(pace.pass),
    pace,
    livePacer,
    readStack: run.readStack,
    untilEnded: run.untilEnded,
    onListening: (endpoint) => {
      if (!options.json) writeLines(out, [`It answers as AWS at ${endpoint} from now on.`]);
    },
    onUp: (address, story) => {
      const real = readReal(startedMs);
      if (options.json) {
        writeLines(out, [JSON.stringify({ ...address, story, real }, null, 2)]);
        return;
      }
      const page = pageOf(out);
      if (story) writeLines(out, renderSummary(story, real, page));
      writeLines(out, renderAddress(address, speed, page.paint));
    },
  });
  if (!options.json) writeLines(out, ['Ended; nothing of the cloud is left.']);
}
