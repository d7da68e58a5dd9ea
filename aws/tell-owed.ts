/**
 * Tells people what is owed of a rollout's log (core/told.ts): claim, send, note; then looks again, because
 * whoever came meanwhile and found the claim has left it to this one.
 */
import type { Logger } from '@aws-lambda-powertools/logger';
import type { Metrics } from '@aws-lambda-powertools/metrics';
import type { SNSClient } from '@aws-sdk/client-sns';
import { describeNotice, NAMED_HOSTS, type Notice } from '#core/describe-notice.ts';
import { ThrottledError } from '#core/errors.ts';
import type { Rollout } from '#core/rollout.ts';
import { noteTold, planTelling, type ToldEntry } from '#core/told.ts';
import { readTroubledHosts } from './chunk-store.ts';
import { readRollout, readTold, writeTold } from './rollout-store.ts';
import type { Store } from './store.ts';
import { sendNotice } from './topics.ts';

export interface TellServices {
  store: Store;
  sns: SNSClient;
  /** Whose alarm rings where a topic refuses. */
  stack: string;
}

/** Where it is said what became of a notice. */
interface TellReport {
  log: Logger;
  metrics: Metrics;
}

export interface TellOutcome {
  /** `busy`: somebody else tells now. */
  verdict: 'done' | 'busy';
  notices: number;
}

/** Throws ThrottledError where a topic did not take a notice now; those that took it are noted. */
export async function tellOwed(
  { store, sns, stack }: TellServices,
  { log, metrics }: TellReport,
  id: string,
  nowMs: () => number,
): Promise<TellOutcome> {
  let notices = 0;
  for (;;) {
    const rollout = await readRollout(store, id);
    if (rollout === undefined) {
      log.warn('there is no such rollout', { rollout: id });
      return { verdict: 'done', notices };
    }
    if (rollout.settings.notifications.length === 0) return { verdict: 'done', notices };
    const telling = planTelling(rollout, await readTold(store, id), nowMs());
    if (telling.kind === 'busy') return { verdict: 'busy', notices };
    if (telling.kind === 'nothing') return { verdict: 'done', notices };
    const { entry, topics } = telling;
    const claimed = await writeTold(store, telling.claimed);
    const notice = describeNotice(rollout, entry, await readHosts(store, rollout, entry));
    const sent = await sendToAll(sns, log, topics, notice);
    if (sent.refused > 0) ringFor(metrics, stack, sent.refused);
    const isWhole = sent.missed.length === 0;
    const heard = isWhole ? { all: entry.seq } : { topics: sent.heard };
    await writeTold(store, noteTold(claimed, heard));
    if (!isWhole) throw new ThrottledError(`${sent.missed.join(', ')} did not take a notice`);
    log.info('told', { rollout: id, subject: notice.subject, topics });
    notices += 1;
  }
}

/** At once: what is stored for the end of an invocation is lost where another topic has it fail. */
function ringFor(metrics: Metrics, stack: string, refused: number): void {
  // The alarm of one stack must not ring for another's topic.
  metrics.addDimension('stack', stack);
  metrics.addMetric('NoticesRefused', 'Count', refused);
  metrics.publishStoredMetrics();
}

/** Where the entry is about hosts. A hold is about those of its batch. */
async function readHosts(store: Store, rollout: Rollout, { status }: ToldEntry) {
  const most = NAMED_HOSTS + 1;
  if (status === 'held') {
    return rollout.batch < 0 ? [] : readTroubledHosts(store, rollout, most, rollout.batch);
  }
  const isAboutHosts = status === 'completed_with_failures' || status === 'rollback_failed';
  return isAboutHosts ? readTroubledHosts(store, rollout, most) : [];
}

/** One topic's failure is its own: the others hear of it all the same. */
async function sendToAll(sns: SNSClient, log: Logger, topics: readonly string[], notice: Notice) {
  const heard: string[] = [];
  const missed: string[] = [];
  let refused = 0;
  for (const topic of topics) {
    try {
      const reason = await sendNotice(sns, topic, notice);
      heard.push(topic);
      if (reason === undefined) continue;
      refused += 1;
      log.error('a topic refused a notice', { topic, reason, subject: notice.subject });
    } catch (error) {
      log.warn('a topic did not take a notice', error instanceof Error ? error : String(error));
      missed.push(topic);
    }
  }
  return { heard, missed, refused };
}
