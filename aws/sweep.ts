/** The duties of the sweep. Each is idempotent, and each failure is one item's own. */
import type { Logger } from '@aws-lambda-powertools/logger';
import * as z from 'zod';
import { chooseDecisionWord } from '#core/choose-hold-word.ts';
import { UnreadableItemError } from '#core/errors.ts';
import { hasGlob, parseImagePattern } from '#core/image-pattern.ts';
import { repositoryName } from '#core/image-reference.ts';
import { isEnded, recordEnd } from '#core/reopen.ts';
import type { Rollout } from '#core/rollout.ts';
import { isOpen, OPEN_STATUSES } from '#core/status.ts';
import { releaseTarget } from '#core/target.ts';
import { ensureRollout, startNextRun } from './ensure-rollout.ts';
import { completeToken, readExecution, startExecution } from './executions.ts';
import { type ImageQueue, sendLook } from './image-queue.ts';
import { scanPolicies } from './policy-store.ts';
import { publishOwed, saveRollout } from './publish.ts';
import { parseTarget, readRollout, writeTarget } from './rollout-store.ts';
import { type Item, queryItems } from './store.ts';
import { wakeParked } from './wake-parked.ts';
import type { WalkServices } from './walk.ts';

const OVERDUE_MS = 15 * 60_000;

interface SweepServices extends WalkServices {
  queue: ImageQueue;
}

const Spec = z.object({ document: z.object({ image_pattern: z.string() }) });

/** (a) a look for every repository that a policy names or a target knows, (b) starts, (e) freed targets. */
export async function sweepTargets(
  services: SweepServices,
  log: Logger,
  nowMs: number,
): Promise<number> {
  const repositories = new Set<string>();
  for await (const item of scanPolicies(services.store)) {
    await alone(log, `${String(item['policy'])} ${String(item['item'])}`, async () => {
      const found = await sweepItem(services, item, nowMs);
      if (found !== undefined) repositories.add(found);
    });
  }
  for (const repository of repositories) await sendLook(services.queue, repository, 'sweep');
  return repositories.size;
}

/** The repository that an item of the policies table speaks of. */
async function sweepItem(
  services: SweepServices,
  item: Item,
  nowMs: number,
): Promise<string | undefined> {
  if (!String(item['item']).startsWith('target#')) {
    const spec = Spec.safeParse(item);
    const pattern = spec.success ? parseImagePattern(spec.data.document.image_pattern) : undefined;
    if (pattern === undefined) throw new UnreadableItemError('the policy names no image pattern');
    return hasGlob(pattern.repository) ? undefined : repositoryName(pattern);
  }
  const target = parseTarget(item);
  const rollout = await ensureRollout(services, target, nowMs);
  if (rollout !== undefined && !isOpen(rollout.status)) {
    await publishOwed(services.store, services.bus, rollout);
    const isCompleted = rollout.status.startsWith('completed');
    await writeTarget(services.store, releaseTarget(target, isCompleted));
  }
  return target.repository;
}

const Indexed = z.object({ rollout: z.string() });

/** (c), (f) and (g) for every rollout that is not final. The index proposes, the record decides. */
export async function sweepRollouts(
  services: SweepServices,
  log: Logger,
  nowMs: number,
): Promise<number> {
  const ids = new Set<string>();
  for (const status of OPEN_STATUSES) {
    const items = queryItems(services.store, {
      TableName: services.store.rollouts,
      IndexName: 'byStatus',
      KeyConditionExpression: '#status = :status',
      ExpressionAttributeNames: { '#status': 'status' },
      ExpressionAttributeValues: { ':status': status },
    });
    for await (const item of items) ids.add(Indexed.parse(item).rollout);
  }
  for (const id of ids) {
    await alone(log, id, async () => {
      const rollout = await readRollout(services.store, id);
      if (rollout !== undefined && isOpen(rollout.status)) {
        await sweepRollout(services, log, rollout, nowMs);
      }
    });
  }
  return ids.size;
}

async function sweepRollout(
  services: SweepServices,
  log: Logger,
  rollout: Rollout,
  nowMs: number,
): Promise<void> {
  await publishOwed(services.store, services.bus, rollout);
  const arn = rollout.execution_arn;
  const execution = await readExecution(services.machine, arn);
  if (execution === undefined) {
    // Named, but never started. What a Stop or a fault has ended is for its Redrive alone.
    if (!isEnded(rollout)) await startExecution(services.machine, rollout.rollout, rollout.run);
    return;
  }
  const ended = recordEnd(rollout, { arn, ...execution }, nowMs);
  if (ended !== undefined) {
    await saveRollout(services.store, services.bus, ended);
    log.warn(`found ${ended.status}`, { rollout: rollout.rollout });
    return;
  }
  if (execution.status === 'SUCCEEDED') {
    await startNextRun(services, rollout);
    log.warn('the execution ended, the rollout had not: run again', { rollout: rollout.rollout });
    return;
  }
  if (await wakeParked(services, rollout, nowMs)) {
    log.warn('the wait for the window is over before its time: run again', {
      rollout: rollout.rollout,
    });
    return;
  }
  // A decision whose token nobody completed: whoever made it died between the two.
  const word = rollout.decision === undefined ? undefined : chooseDecisionWord(rollout);
  if (word !== undefined) {
    const reason = rollout.decision?.why ?? '';
    await completeToken(services.machine, rollout.token, { verdict: word, reason });
  }
  const waits = rollout.waits_until_ms;
  const isForPerson = rollout.hold !== undefined || rollout.paused !== undefined;
  if (waits !== undefined && waits + OVERDUE_MS < nowMs && !isForPerson) {
    log.error('the rollout is overdue', { rollout: rollout.rollout, since: waits });
  }
}

/** One item's failure is its own: it is named, and the sweep goes on; the next one tries again. */
async function alone(log: Logger, what: string, duty: () => Promise<void>): Promise<void> {
  try {
    await duty();
  } catch (error) {
    log.error(
      `the sweep could not do its duty for ${what}`,
      error instanceof Error ? error : String(error),
    );
  }
}
