/**
 * Follows the newest rollout by what the product writes of it: every item that the table has taken comes
 * by here, so nothing is missed between two looks, and nothing has to be read again.
 */
import { Chunk } from '#core/chunk.ts';
import { type LogEntry, Rollout } from '#core/rollout.ts';
import { type Item, readMember } from '../dynamodb/attribute-value.ts';
import { plainItem } from '../dynamodb/plain-value.ts';
import type { ApiCall, ApiOutcome } from '../wire.ts';
import { type ChunkGlance, glanceAt, type TroubledHost } from './host-glance.ts';

export interface Progress {
  rollout: Rollout;
  /** By number; a chunk that is not there was not touched yet. */
  chunks: ReadonlyMap<number, ChunkGlance>;
}

export type Change =
  | { kind: 'entry'; atMs: number; rollout: Rollout; entry: LogEntry }
  /** The host has come into this state. */
  | { kind: 'host'; atMs: number; rollout: Rollout; host: TroubledHost };

export class RolloutWatch {
  readonly #table: string;
  #rollout: Rollout | undefined;
  #chunks = new Map<number, ChunkGlance>();
  #changes: Change[] = [];
  #isStale = false;

  /** `table`: the name of the table of rollouts. */
  constructor(table: string) {
    this.#table = table;
  }

  get progress(): Progress | undefined {
    return this.#rollout && { rollout: this.#rollout, chunks: this.#chunks };
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
    const isSame = this.#rollout?.rollout === rollout.rollout;
    if (!isSame) this.#chunks = new Map();
    const lastSeq = isSame ? (this.#rollout?.log.at(-1)?.seq ?? 0) : 0;
    this.#rollout = rollout;
    this.#isStale = true;
    for (const entry of rollout.log) {
      if (entry.seq <= lastSeq) continue;
      this.#changes.push({ kind: 'entry', atMs: entry.at_ms, rollout, entry });
    }
  }

  #noteChunk(chunk: Chunk, atMs: number): void {
    const rollout = this.#rollout;
    if (chunk.rollout !== rollout?.rollout) return;
    const glance = glanceAt(chunk);
    const known = new Set(this.#chunks.get(chunk.chunk)?.troubled.map(describe));
    this.#chunks.set(chunk.chunk, glance);
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
