/** A rollout as people see it: its batches, its hosts, what needs attention. */
import { type Rollout, rolloutTitle } from '#core/rollout.ts';
import { isOpen, type RolloutStatus } from '#core/status.ts';
import {
  type ChunkGlance,
  SHOWN_STATES,
  type ShownState,
  type TroubledHost,
} from './host-glance.ts';

export interface Progress {
  rollout: Rollout;
  /** By number; a chunk that is not there was not touched yet. */
  chunks: ReadonlyMap<number, ChunkGlance>;
}

export type Counts = Readonly<Partial<Record<ShownState, number>>>;

export interface BatchView {
  number: number;
  /** Of all hosts, with the batches before. */
  reach: number;
  hosts: number;
  stage: 'waits' | 'open' | 'judged' | 'stopped' | 'never opened';
  counts: Counts;
  /** One for each host, in the order of the plan. */
  states: readonly ShownState[];
}

export interface RolloutView {
  title: string;
  from: string;
  to: string;
  status: RolloutStatus;
  startedAtMs: number;
  endedAtMs: number | undefined;
  batches: readonly BatchView[];
  troubled: readonly TroubledHost[];
  /** The next batch waits for this instant. */
  nextBatchAtMs: number | undefined;
  hold: string | undefined;
}

export function viewRollout({ rollout, chunks }: Progress): RolloutView {
  const isWaiting = rollout.batch_judged && rollout.status === 'in_progress';
  const isLast = rollout.batch + 1 === rollout.plan?.batches.length;
  return {
    title: rolloutTitle(rollout),
    from: rollout.previous.tag || 'nothing',
    to: rollout.image.tag,
    status: rollout.status,
    startedAtMs: rollout.created_at_ms,
    endedAtMs: rollout.completed_at_ms,
    batches: viewBatches({ rollout, chunks }),
    troubled: [...chunks.values()]
      .toSorted((one, other) => one.chunk - other.chunk)
      .flatMap(({ troubled }) => troubled),
    nextBatchAtMs: isWaiting && !isLast ? rollout.next_batch_at_ms : undefined,
    hold: rollout.hold?.reason,
  };
}

function viewBatches({ rollout, chunks }: Progress): BatchView[] {
  const { plan } = rollout;
  if (plan === undefined) return [];
  let reached = 0;
  return plan.batches.map(({ hosts, first_chunk, chunks: count }, index) => {
    reached += hosts;
    const stage = stageOf(rollout, index);
    const untouched: ShownState = isOpen(rollout.status) ? 'waiting' : 'skipped';
    const states: ShownState[] = [];
    for (let chunk = first_chunk; chunk < first_chunk + count; chunk++) {
      const size = Math.min(plan.chunk_size, hosts - states.length);
      states.push(...(chunks.get(chunk)?.states ?? Array<ShownState>(size).fill(untouched)));
    }
    return {
      number: index + 1,
      reach: reached / plan.hosts,
      hosts,
      stage,
      counts: countStates(states),
      states,
    };
  });
}

function stageOf(rollout: Rollout, batch: number): BatchView['stage'] {
  const hasGone = rollout.status === 'rolling_back' || !isOpen(rollout.status);
  if (batch > rollout.batch) return hasGone ? 'never opened' : 'waits';
  if (batch < rollout.batch || rollout.batch_judged) return 'judged';
  return rollout.gate === 'open' && !hasGone ? 'open' : 'stopped';
}

function countStates(states: readonly ShownState[]): Counts {
  const counts = new Map<ShownState, number>();
  for (const state of states) counts.set(state, (counts.get(state) ?? 0) + 1);
  // In the order of the legend, whatever came first.
  return Object.fromEntries(
    SHOWN_STATES.flatMap((state) => {
      const count = counts.get(state);
      return count === undefined ? [] : [[state, count]];
    }),
  );
}
