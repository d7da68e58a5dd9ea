/** What every push of the story is made of: the image, its event's way to a decision, the hosts' own word. */
import type { Store } from '#aws/store.ts';
import type { Considered } from './log-watch.ts';
import type { Narrator } from './narrator.ts';
import { readRunning, type Stage, spoilImage } from './stage.ts';
import { REPOSITORY } from './story-policy.ts';

const MINUTE_MS = 60_000;
/** From a push to its decision: the event's way, the queue, and SQS's retries. */
const DECISION_MS = 10 * MINUTE_MS;
/** What comes after an end or a hold: the last events, the hold's token. */
const AFTER_MS = 2 * MINUTE_MS;

export interface Play {
  stage: Stage;
  store: Store;
  narrator: Narrator;
}

export interface Push {
  tag: string;
  /** Tags an image that is there already. */
  digest?: string;
  /** Hosts on which the image fails its health check. */
  bad: ReadonlySet<string>;
}

/** As `docker push` does it; the registry raises the event. Returns the digest. */
export function pushImage({ stage, narrator }: Play, { tag, digest: known, bad }: Push): string {
  narrator.log.forget();
  const of = { tag, ...(known !== undefined && { digest: known }) };
  const digest = stage.cloud.ecr.push(REPOSITORY, of);
  if (!stage.tags.has(digest)) stage.tags.set(digest, tag);
  spoilImage(stage, digest, bad);
  narrator.say(`push ${REPOSITORY}:${tag} (${shortDigest(digest)})`);
  return digest;
}

/** The decision that starts something, or else the last one; undefined where none was logged in time. */
export async function awaitDecision({ stage, narrator }: Play): Promise<Considered | undefined> {
  const untilMs = stage.cloud.clock.nowMs() + DECISION_MS;
  await narrator.run({ until: () => narrator.log.considered.length > 0, untilMs });
  const { considered } = narrator.log;
  return considered.find(isStart) ?? considered.at(-1);
}

export function isStart(considered: Considered | undefined): boolean {
  return considered?.verdict === 'start' || considered?.verdict === 'supersede';
}

/** Lets what is under way come to its end. */
export function letSettle({ stage, narrator }: Play): Promise<void> {
  return narrator.run({ untilMs: stage.cloud.clock.nowMs() + AFTER_MS });
}

/** `v2`; the digest itself where nobody pushed it here. */
export function nameDigest({ tags }: Stage, digest: string | undefined): string {
  if (digest === undefined || digest === '') return 'nothing';
  return tags.get(digest) ?? shortDigest(digest);
}

/** Hosts by what they run, as they say themselves. */
export function countRunning(stage: Stage): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const digest of readRunning(stage).values()) {
    const name = nameDigest(stage, digest);
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

/** `18 run v2, 2 run v1` */
export function sayRunning(stage: Stage): string {
  return Object.entries(countRunning(stage))
    .map(([name, count]) => `${count} run ${name}`)
    .join(', ');
}

export function shortDigest(digest: string): string {
  return digest.slice(0, 'sha256:'.length + 12);
}
