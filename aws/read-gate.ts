/**
 * What a step asks before it acts: the rollout, its target and its policy's schedule, in one consistent read;
 * for a step of a chunk the chunk, too.
 */
import { Chunk, chunkItem } from '#core/chunk.ts';
import { chunkFromPlan, PlanItem, planKey } from '#core/plan-hosts.ts';
import { Rollout } from '#core/rollout.ts';
import { chooseSchedule, type Schedule } from '#core/schedule.ts';
import type { Sender } from '#core/sender.ts';
import { type Target, targetItem } from '#core/target.ts';
import { parseTarget } from './rollout-store.ts';
import { parseSender, SENDER_KEY } from './sender-store.ts';
import { type Item, parseItem, readItem, readItems, type Store } from './store.ts';

export interface ChunkAddress {
  rolloutId: string;
  policy: string;
  repository: string;
  batch: number;
  chunk: number;
}

export type GateAddress = Pick<ChunkAddress, 'rolloutId' | 'policy' | 'repository'>;

export interface Gate {
  rollout: Rollout;
  target: Target | undefined;
  /** When the rollout may change hosts, by what its policy says now. */
  schedule: Schedule;
}

/** The gate in one consistent read: `meta`, the target, the policy's window and freezes. */
export async function readGate(store: Store, at: GateAddress): Promise<Gate> {
  return (await readGateBeside(store, at, [])).gate;
}

/** The gate, and other items beside it, of which `found` gives the first whose name begins so. */
async function readGateBeside(
  store: Store,
  at: GateAddress,
  beside: readonly { rollout: string; item: string }[],
): Promise<{ gate: Gate; found: (prefix: string) => Item | undefined }> {
  const answers = await readItems(store, {
    [store.rollouts]: [{ rollout: at.rolloutId, item: 'meta' }, ...beside],
    [store.policies]: [
      { policy: at.policy, item: targetItem(at.repository) },
      { policy: at.policy, item: 'spec' },
    ],
  });
  const items = Object.values(answers).flat();
  const found = (prefix: string) => items.find((item) => String(item['item']).startsWith(prefix));
  const meta = found('meta');
  if (meta === undefined) {
    throw new RangeError(`${at.rolloutId} has no record: an execution was started by hand`);
  }
  const rollout = parseItem(Rollout, meta, `rollout ${at.rolloutId}`);
  // By another target's lock it would be taken for one that was superseded, and ended.
  if (rollout.policy !== at.policy || rollout.repository !== at.repository) {
    throw new RangeError(`${at.rolloutId} is no rollout of ${at.policy} for ${at.repository}`);
  }
  const target = found('target#');
  return {
    gate: {
      rollout,
      target: target === undefined ? undefined : parseTarget(target),
      schedule: chooseSchedule(rollout.settings, found('spec')),
    },
    found,
  };
}

/**
 * The gate and the chunk in one consistent read; the sender, for a step that may send; and the plan that the
 * chunk comes from, for the step that makes it. The plan's item holds the hosts of ten chunks: whoever comes
 * later reads it only where there is no chunk yet.
 */
export async function readChunkGate(
  store: Store,
  at: ChunkAddress,
  { makesChunk, sends }: { makesChunk: boolean; sends: boolean },
): Promise<Gate & { chunk: Chunk | undefined; sender: Sender | undefined }> {
  const rollout = at.rolloutId;
  const plan = planKey(rollout, at.chunk);
  const { gate, found } = await readGateBeside(store, at, [
    { rollout, item: chunkItem(at.batch, at.chunk) },
    ...(makesChunk ? [plan] : []),
    ...(sends ? [SENDER_KEY] : []),
  ]);
  const stored = found('chunk#');
  const chunk = stored === undefined ? undefined : parseItem(Chunk, stored, `chunk ${at.chunk}`);
  // What does not match the plan's hash does not exist.
  const isKnown = chunk !== undefined && chunk.plan_hash === gate.rollout.plan_hash;
  const planned = isKnown ? undefined : (found('plan#') ?? (await readPlanItem(store, at)));
  return {
    ...gate,
    chunk: isKnown
      ? chunk
      : chunkFromPlan(gate.rollout, planned && parseItem(PlanItem, planned, 'plan'), at.chunk),
    sender: parseSender(found('sender')),
  };
}

/**
 * 0.1.0 stored the plan's items under the rollout's own key: what it planned is looked for there until it has ended.
 * Not first, for a rollout may have been planned halfway there, and then wholly where its items belong.
 */
async function readPlanItem(store: Store, { rolloutId, chunk }: ChunkAddress) {
  const key = planKey(rolloutId, chunk);
  for (const place of [key, { ...key, rollout: rolloutId }]) {
    const { [store.rollouts]: items = [] } = await readItems(store, { [store.rollouts]: [place] });
    if (items.length > 0) return items[0];
  }
  return undefined;
}

/** When a rollout may change hosts, by what its policy says now. */
export async function readSchedule(store: Store, rollout: Rollout): Promise<Schedule> {
  const item = await readItem(store, store.policies, { policy: rollout.policy, item: 'spec' });
  return chooseSchedule(rollout.settings, item);
}
