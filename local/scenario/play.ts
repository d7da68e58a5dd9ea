/** What every push of the story is made of: the image, its event's way to a decision, the hosts' own word. */
import type { Store } from '#aws/store.ts';
import { checkHosts } from './check.ts';
import type { Considered } from './log-watch.ts';
import type { Narrator } from './narrator.ts';
import type { Stage } from './stage.ts';
import type { StagePush } from './stage-fleet.ts';
import type { Check } from './story.ts';
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

/** Returns the digest. */
export async function pushImage({ stage, narrator }: Play, push: StagePush): Promise<string> {
  narrator.log.forget();
  const digest = await stage.fleet.push(push);
  if (!stage.tags.has(digest)) stage.tags.set(digest, push.tag);
  narrator.say(`push ${REPOSITORY}:${push.tag} (${shortDigest(digest)})`);
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

/** What each host runs now, as the host itself says. */
export type Running = ReadonlyMap<string, string | undefined>;

/** Hosts by what they run. */
export function countRunning(stage: Stage, running: Running): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const digest of running.values()) {
    const name = nameDigest(stage, digest);
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

/** `18 run v2, 2 run v1` */
export function sayRunning(stage: Stage, running: Running): string {
  return Object.entries(countRunning(stage, running))
    .map(([name, count]) => `${count} run ${name}`)
    .join(', ');
}

/** Whether what runs on a host is what answers on its port; nothing to check where there are no ports. */
export async function checkAnswers(stage: Stage, running: Running): Promise<Check[]> {
  const answers = await stage.fleet.readAnswers();
  if (answers === undefined) return [];
  const rows = [...running].map(([host, digest]) => ({
    host,
    expected: nameDigest(stage, digest),
    found: answers.get(host) ?? 'nothing',
  }));
  return [checkHosts("what answers on the hosts' port", rows)];
}

export function shortDigest(digest: string): string {
  return digest.slice(0, 'sha256:'.length + 12);
}
