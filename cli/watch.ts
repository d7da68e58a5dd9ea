/**
 * `longshore watch`: a rollout live. On a terminal its picture changes in place; elsewhere each entry of the
 * log, and each change of the open batch, is a line. It reads alone: to end it ends nothing else.
 */
import { findByPolicy } from '#aws/find-rollouts.ts';
import type { Operations } from '#aws/operations.ts';
import type { Rollout } from '#core/rollout.ts';
import { type Around, BadInputError, type ExitCode } from './around.ts';
import { openStack, type StackOptions } from './get.ts';
import { judgeWatch, type Until } from './judge-watch.ts';
import { isPolicyName, readNamed, readOnlyOpen } from './name-rollout.ts';
import { type Look, openWatch } from './watch-looks.ts';
import { jsonView, pictureView, plainView, type WatchView } from './watch-views.ts';

export interface WatchOptions extends StackOptions {
  until?: Until;
  /** Seconds between two looks. */
  interval: number;
  /** Minutes that it may wait for a person, or a rollout to begin. */
  patience: number;
  /** A tag that has yet to begin its rollout. */
  image?: string;
}

const MINUTE_MS = 60_000;

export async function watch(
  name: string | undefined,
  options: WatchOptions,
  around: Around,
): Promise<ExitCode> {
  const operations = openStack(options, around);
  const first = await readFirst(operations, name, options, around);
  if (typeof first === 'string') {
    around.err.write(`${first}\n`);
    return 1;
  }
  const look = openWatch(operations, first.rollout);
  const view = viewFor(options, around);
  const patienceMs = options.patience * MINUTE_MS;
  for (let begun: Look | undefined; ; ) {
    const now = await look();
    begun ??= now;
    const seen = { begun: begun.progress.rollout, rollout: now.progress.rollout };
    const end = judgeWatch(seen, options.until, patienceMs, now.nowMs);
    view.show(now, end);
    if (end !== undefined) return end.code;
    // A large batch takes several calls to read: they are not made more often for that.
    await around.sleep(options.interval * 1000 * now.pages);
  }
}

/** The rollout to watch, or why there is none. */
async function readFirst(
  operations: Operations,
  name: string | undefined,
  options: WatchOptions,
  around: Around,
): Promise<Rollout | string> {
  const { image, interval, patience } = options;
  if (image === undefined) {
    return name === undefined ? readOnlyOpen(operations) : readNamed(operations, name);
  }
  if (name === undefined || !isPolicyName(name)) {
    throw new BadInputError('--image goes with a policy: longshore watch shop-web --image v2');
  }
  for (let untilMs: number | undefined; ; ) {
    const newest = await findByPolicy(operations.store, name, 10);
    // The clock is the cloud's from the first answer on.
    untilMs ??= operations.nowMs() + patience * MINUTE_MS;
    const found = newest.find((rollout) => rollout.image.tag === image);
    if (found !== undefined) return found;
    if (operations.nowMs() >= untilMs) {
      return `no rollout of ${name} to ${image} has begun in ${patience} minutes; longshore policy plan says what would be decided`;
    }
    await around.sleep(interval * 1000);
  }
}

function viewFor({ json }: WatchOptions, { out }: Around): WatchView {
  if (json) return jsonView(out);
  return out.isTTY ? pictureView(out) : plainView(out);
}
