/** The duties of the sweep. Each is idempotent, and each failure is one item's own. */
import type { Logger } from '@aws-lambda-powertools/logger';
import type { ECRClient } from '@aws-sdk/client-ecr';
import * as z from 'zod';
import { chooseHoldWord } from '#core/choose-hold-word.ts';
import { UnreadableItemError } from '#core/errors.ts';
import { parseImagePattern } from '#core/image-pattern.ts';
import { expireApproval } from '#core/plan-answer.ts';
import {
  nameIfMet,
  type PlannedLooks,
  planLooks,
  type SweptPolicy,
  type SweptTarget,
  spreadLooks,
} from '#core/plan-looks.ts';
import { isEnded, noteExecution } from '#core/reopen.ts';
import { type Rollout, standingOf } from '#core/rollout.ts';
import { isOpen, OPEN_STATUSES } from '#core/status.ts';
import { releaseTarget, type Target } from '#core/target.ts';
import { chooseUntold } from '#core/told.ts';
import { ensureRollout, startNextRun } from './ensure-rollout.ts';
import { completeToken, readExecution, startExecution } from './executions.ts';
import { type ImageQueue, LOOKS_PER_CALL, sendLooks } from './image-queue.ts';
import { scanPolicies } from './policy-store.ts';
import { announceAgain, publishOwed, saveRollout } from './publish.ts';
import { listRepositories } from './registry.ts';
import { parseTarget, readRollout, readTold, writeTarget } from './rollout-store.ts';
import { type Item, queryItems } from './store.ts';
import { wakeParked } from './wake-parked.ts';
import type { WalkServices } from './walk.ts';

const OVERDUE_MS = 15 * 60_000;

export interface SweepServices extends WalkServices {
  queue: ImageQueue;
  ecr: ECRClient;
}

/** How many there were to do, and how many of the duties could not be done. */
export interface Swept {
  done: number;
  undone: number;
}

const Spec = z.object({
  policy: z.string(),
  document: z.object({ image_pattern: z.string() }),
});

/** (a) a look at every repository that a policy means, (b) starts, (e) freed targets. */
export async function sweepTargets(
  services: SweepServices,
  log: Logger,
  nowMs: number,
): Promise<Swept> {
  const policies: SweptPolicy[] = [];
  const targets: SweptTarget[] = [];
  let undone = 0;
  for await (const item of scanPolicies(services.store)) {
    undone += await alone(log, `${String(item['policy'])} ${String(item['item'])}`, async () => {
      if (!String(item['item']).startsWith('target#')) {
        policies.push(readSwept(item));
        return;
      }
      const target = parseTarget(item);
      targets.push({ policy: target.policy, repository: target.repository });
      await sweepTarget(services, target, nowMs);
    });
  }
  const sent = await sendSweepLooks(services, log, planLooks(policies, targets));
  return { done: sent.done, undone: undone + sent.undone };
}

function readSwept(item: Item): SweptPolicy {
  const spec = Spec.safeParse(item);
  const pattern = spec.success ? parseImagePattern(spec.data.document.image_pattern) : undefined;
  if (!spec.success || pattern === undefined) {
    throw new UnreadableItemError('the policy names no image pattern');
  }
  return { policy: spec.data.policy, pattern };
}

/** Also where the policy is gone: a rollout that has begun goes on, and its lock is freed at its end. */
async function sweepTarget(services: SweepServices, target: Target, nowMs: number): Promise<void> {
  const rollout = await ensureRollout(services, target, nowMs);
  if (rollout === undefined || isOpen(standingOf(rollout))) return;
  await publishOwed(services.store, services.bus, rollout);
  const isCompleted = rollout.status.startsWith('completed');
  await writeTarget(services.store, releaseTarget(target, isCompleted));
}

/** What was listed before the listing failed is looked at all the same; the next sweep lists again. */
async function sendSweepLooks(
  services: SweepServices,
  log: Logger,
  { repositories, globs }: PlannedLooks,
): Promise<Swept> {
  const wanted = new Set(repositories);
  let undone = 0;
  if (globs !== undefined) {
    undone += await alone(log, 'the globs of policies', async () => {
      for await (const repository of listRepositories(services.ecr)) {
        const name = nameIfMet(globs, repository);
        if (name !== undefined) wanted.add(name);
      }
    });
  }
  const looks = spreadLooks(wanted);
  for (let from = 0; from < looks.length; from += LOOKS_PER_CALL) {
    const some = looks.slice(from, from + LOOKS_PER_CALL);
    const names = some.map(({ repository }) => repository).join(', ');
    undone += await alone(log, `a look at one of ${names}`, () =>
      sendLooks(services.queue, some, 'sweep'),
    );
  }
  return { done: looks.length, undone };
}

const Indexed = z.object({ rollout: z.string() });

/** (c), (f), (g) and (h) for every rollout that is not final. The index proposes, the record decides. */
export async function sweepRollouts(
  services: SweepServices,
  log: Logger,
  nowMs: number,
): Promise<Swept> {
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
  let undone = 0;
  for (const id of ids) {
    let tells = false;
    undone += await alone(log, id, async () => {
      const rollout = await readRollout(services.store, id);
      tells = (rollout?.settings.notifications.length ?? 0) > 0;
      if (rollout !== undefined && isOpen(rollout.status)) {
        await sweepRollout(services, log, rollout, nowMs);
      }
    });
    if (!tells) continue;
    undone += await alone(log, `${id}, and who is to be told of it`, () =>
      announceUntold(services, log, id, nowMs),
    );
  }
  return { done: ids.size, undone };
}

/** Its event was lost, or whoever was to tell failed every time. */
async function announceUntold(
  { store, bus }: SweepServices,
  log: Logger,
  id: string,
  nowMs: number,
): Promise<void> {
  const rollout = await readRollout(store, id);
  if (rollout === undefined) return;
  const entry = chooseUntold(rollout, await readTold(store, id), nowMs);
  if (entry === undefined) return;
  await announceAgain(bus, rollout, entry);
  log.warn('nobody was told: announced again', { rollout: id, seq: entry.seq });
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
    if (!isEnded(rollout)) await startExecution(services.machine, rollout);
    return;
  }
  const found = noteExecution(rollout, { arn, ...execution }, nowMs);
  if (found !== undefined) {
    await saveRollout(services.store, services.bus, found);
    log.warn(`found ${found.status}`, { rollout: rollout.rollout });
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
  await wakeDecided(services, rollout, nowMs);
  const waits = rollout.waits_until_ms;
  const isForPerson = rollout.hold !== undefined || rollout.paused !== undefined;
  if (waits !== undefined && waits + OVERDUE_MS < nowMs && !isForPerson) {
    log.error('the rollout is overdue', { rollout: rollout.rollout, since: waits });
  }
}

/**
 * Ends an approval that nobody gave, and completes the token that is stored where nothing is to be waited for:
 * whoever decided, or resumed, died before that. Where nobody waits it is dead, and that is no error.
 */
async function wakeDecided(
  { store, bus, machine }: SweepServices,
  rollout: Rollout,
  nowMs: number,
): Promise<void> {
  const expired = expireApproval(rollout, nowMs);
  const decided = expired === undefined ? rollout : await saveRollout(store, bus, expired);
  const isAsked = decided.status === 'awaiting_approval' && decided.decision === undefined;
  const word = isAsked ? undefined : chooseHoldWord(decided);
  if (word === undefined) return;
  const reason = decided.decision?.why ?? 'nothing is to wait for';
  await completeToken(machine, decided.token, { verdict: word, reason });
}

/**
 * One item's failure is its own: it is named, and the sweep goes on; the next one tries again. The number
 * of duties that were not done: 0 or 1.
 */
async function alone(log: Logger, what: string, duty: () => Promise<void>): Promise<number> {
  try {
    await duty();
    return 0;
  } catch (error) {
    log.error(
      `the sweep could not do its duty for ${what}`,
      error instanceof Error ? error : String(error),
    );
    return 1;
  }
}
