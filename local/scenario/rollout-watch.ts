/**
 * Follows the rollouts by what the product writes of them: every item that the table has taken comes by here,
 * so nothing is missed between two looks, and nothing has to be read again. The newest is in the picture; of
 * one that it took over, what happens is still told.
 */
import { Chunk } from '#core/chunk.ts';
import { type LogEntry, Rollout } from '#core/rollout.ts';
import { type ChunkGlance, glanceAt, type TroubledHost } from '#core/view/host-glance.ts';
import type { Progress } from '#core/view/rollout-view.ts';
import { type Item, readMember } from '../dynamodb/attribute-value.ts';
import { plainItem } from '../dynamodb/plain-value.ts';
import type { ApiCall, ApiOutcome } from '../wire.ts';

export type Change =
  | { kind: 'entry'; atMs: number; rollout: Rollout; entry: LogEntry }
  /** The host has come into this state. */
  | { kind: 'host'; atMs: number; rollout: Rollout; host: TroubledHost };

interface Followed {
  rollout: Rollout;
  chunks: Map<number, ChunkGlance>;
}

export class RolloutWatch {
  readonly #table: string;
  readonly #byId = new Map<string, Followed>();
  #newest: Followed | undefined;
  #changes: Change[] = [];
  #isStale = false;

  /** `table`: the name of the table of rollouts. */
  constructor(table: string) {
    this.#table = table;
  }

  /** Of the newest rollout. */
  get progress(): Progress | undefined {
    return this.#newest;
  }

  /** Something was written since the changes were taken. */
  get isStale(): boolean {
    return this.#isStale;
  }

  /** What happened since the last time, in its order. */
  takeChanges(): Change[] {
    const changes = this.#changes;
    this.#changes = [];
    this.#isStale = false;
    return changes;
  }

  /** To be told of every call that reached its service. */
  noteCall({ service, operation, input, atMs }: ApiCall, outcome: ApiOutcome): void {
    if (service !== 'dynamodb' || operation !== 'PutItem' || 'error' in outcome) return;
    const { TableName: table, Item: item } = input;
    if (table !== this.#table || !isItem(item)) return;
    const kind = readMember(item, 'item')?.S;
    if (kind === 'meta') this.#noteRollout(Rollout.parse(plainItem(item)));
    if (kind?.startsWith('chunk#')) this.#noteChunk(Chunk.parse(plainItem(item)), atMs);
  }

  #noteRollout(rollout: Rollout): void {
    const known = this.#byId.get(rollout.rollout);
    const lastSeq = known?.rollout.log.at(-1)?.seq ?? 0;
    const followed = known ?? { rollout, chunks: new Map<number, ChunkGlance>() };
    followed.rollout = rollout;
    this.#byId.set(rollout.rollout, followed);
    const newestMs = this.#newest?.rollout.created_at_ms ?? Number.NEGATIVE_INFINITY;
    if (known === undefined && rollout.created_at_ms >= newestMs) this.#newest = followed;
    this.#isStale = true;
    for (const entry of rollout.log) {
      if (entry.seq <= lastSeq) continue;
      this.#changes.push({ kind: 'entry', atMs: entry.at_ms, rollout, entry });
    }
  }

  #noteChunk(chunk: Chunk, atMs: number): void {
    const followed = this.#byId.get(chunk.rollout);
    if (followed === undefined) return;
    const { rollout, chunks } = followed;
    const glance = glanceAt(chunk);
    const known = new Set(chunks.get(chunk.chunk)?.troubled.map(describe));
    chunks.set(chunk.chunk, glance);
    this.#isStale = true;
    for (const host of glance.troubled) {
      if (!known.has(describe(host))) this.#changes.push({ kind: 'host', atMs, rollout, host });
    }
  }
}

/** The store has taken it: it is one. */
function isItem(value: unknown): value is Item {
  return typeof value === 'object' && value !== null;
}

function describe({ host, state, isBack }: TroubledHost): string {
  return `${host} ${state} ${isBack}`;
}
