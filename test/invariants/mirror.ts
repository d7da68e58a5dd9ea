/**
 * The tables as the product's own writes have left them: what a check compares a write with. It follows the
 * calls and reads nothing, so that it costs little and no check changes what it looks at.
 *
 * Of what a decision goes by (rollouts, targets, policies) it keeps the versions that an invocation may have read since
 * it began. An item that is not of its kind's shape is no version: who wrote it by hand broke it.
 */
import { type Chunk, chunkItem } from '#core/chunk.ts';
import type { Rollout } from '#core/rollout.ts';
import type { Tally } from '#core/tally.ts';
import type { Target } from '#core/target.ts';
import type { ApiCall, ApiOutcome } from '#local/wire.ts';
import {
  isOfKind,
  kindOf,
  type PlanPart,
  placeOf,
  type Spec,
  type Write,
  withRollout,
} from './item-kinds.ts';
import { readWrites, type WrittenItem } from './written.ts';

/** Longer than any lambda runs. */
const KEPT_MS = 15 * 60_000;

/** What stood from an instant on, until the next one's. */
interface Version<Item> {
  readonly item: Item | undefined;
  readonly fromMs: number;
}

export class Mirror {
  readonly #items = new Map<string, Record<string, unknown>>();
  readonly #beganAtMs = new Map<string, number>();
  readonly #versions = new Map<string, Version<unknown>[]>();
  readonly #chunks = new Map<string, Map<string, Chunk>>();
  readonly #tallies = new Map<string, Map<string, Tally>>();
  readonly #plans = new Map<string, Map<string, PlanPart>>();
  readonly #rollouts = new Map<string, Rollout>();
  readonly #targets = new Map<string, Target>();
  readonly #specs = new Map<string, Spec>();

  /** Every rollout as it stands. */
  get rollouts(): ReadonlyMap<string, Rollout> {
    return this.#rollouts;
  }

  /** By policy and item. */
  get targets(): ReadonlyMap<string, Target> {
    return this.#targets;
  }

  get specs(): ReadonlyMap<string, Spec> {
    return this.#specs;
  }

  rollout(id: string): Rollout | undefined {
    return this.#rollouts.get(id);
  }

  targetOf({ policy, repository }: Pick<Rollout, 'policy' | 'repository'>): Target | undefined {
    return this.#targets.get(`${policy} target#${repository}`);
  }

  /** The chunks of a rollout that have an item. */
  chunksOf(rollout: string): Chunk[] {
    return [...(this.#chunks.get(rollout)?.values() ?? [])];
  }

  chunk(rollout: string, batch: number, chunk: number): Chunk | undefined {
    return this.#chunks.get(rollout)?.get(chunkItem(batch, chunk));
  }

  talliesOf(rollout: string): Tally[] {
    return [...(this.#tallies.get(rollout)?.values() ?? [])];
  }

  plansOf(rollout: string): PlanPart[] {
    return [...(this.#plans.get(rollout)?.values() ?? [])];
  }

  /** What the view of hosts says. */
  hostRow(host: string, container: string): Record<string, unknown> | undefined {
    return this.#items.get(`hosts ${host} ${container}`);
  }

  /** When who calls was first heard of: whatever it has read, it has read since. Who has no name begins with its call. */
  beganAtMs({ caller, atMs }: ApiCall): number {
    const { requestId } = caller ?? {};
    if (requestId === undefined) return atMs;
    const began = this.#beganAtMs.get(requestId);
    if (began === undefined) this.#beganAtMs.set(requestId, atMs);
    return began ?? atMs;
  }

  /** Every version of it that stood at some instant since then, oldest first. */
  rolloutsSince(id: string, sinceMs: number): (Rollout | undefined)[] {
    return this.#since<Rollout>(`rollouts ${id} meta`, sinceMs);
  }

  targetsSince({ policy, repository }: Pick<Rollout, 'policy' | 'repository'>, sinceMs: number) {
    return this.#since<Target>(`policies ${policy} target#${repository}`, sinceMs);
  }

  specsSince(policy: string, sinceMs: number): (Spec | undefined)[] {
    return this.#since<Spec>(`policies ${policy} spec`, sinceMs);
  }

  /** Takes in what a call has written, and tells it item by item, each before the next is taken in. */
  follow(call: ApiCall, outcome: ApiOutcome, tell: (write: Write) => void): void {
    const find = (table: string, key: Record<string, unknown>) =>
      this.#items.get(placeOf(table, key));
    for (const written of readWrites(call, outcome, find)) tell(this.#take(written, call));
  }

  #take({ table, key, item, bytes }: WrittenItem, call: ApiCall): Write {
    const place = placeOf(table, key);
    const before = this.#items.get(place);
    if (item === undefined) this.#items.delete(place);
    else this.#items.set(place, item);
    const { atMs } = call;
    const common = { atMs, bytes, call };
    const kind = kindOf(table, key);
    // The shape was looked at, the rest is the product's own schema's, which wrote it.
    const write = {
      ...common,
      kind,
      before: isOfKind(kind, before) ? withRollout(kind, before) : undefined,
      after: isOfKind(kind, item) ? withRollout(kind, item) : undefined,
    } as unknown as Write;
    this.#keep(place, write);
    return write;
  }

  #keep(place: string, write: Write): void {
    switch (write.kind) {
      case 'meta':
        this.#keepVersion(place, write);
        keepIn(this.#rollouts, place.split(' ')[1] ?? '', write.after);
        break;
      case 'target':
        this.#keepVersion(place, write);
        keepIn(this.#targets, place.slice('policies '.length), write.after);
        break;
      case 'spec':
        this.#keepVersion(place, write);
        keepIn(this.#specs, place.split(' ')[1] ?? '', write.after);
        break;
      case 'chunk':
        keepPart(this.#chunks, write.before, write.after);
        break;
      case 'tally':
        keepPart(this.#tallies, write.before, write.after);
        break;
      case 'plan':
        keepPart(this.#plans, write.before, write.after);
        break;
      case 'other':
    }
  }

  #keepVersion(place: string, { after, atMs }: Write): void {
    const kept = since(this.#versions.get(place) ?? [], atMs - KEPT_MS);
    this.#versions.set(place, [...kept, { item: after, fromMs: atMs }]);
  }

  #since<Item>(place: string, sinceMs: number): (Item | undefined)[] {
    const kept = since(this.#versions.get(place) ?? [], sinceMs) as Version<Item>[];
    return kept.map(({ item }) => item);
  }
}

function since<Item>(versions: readonly Version<Item>[], sinceMs: number): Version<Item>[] {
  return versions.filter((_, index) => {
    const next = versions[index + 1];
    return next === undefined || next.fromMs >= sinceMs;
  });
}

function keepIn<Item>(items: Map<string, Item>, key: string, item: Item | undefined): void {
  if (item === undefined) items.delete(key);
  else items.set(key, item);
}

function keepPart<Item extends { rollout: string; item: string }>(
  parts: Map<string, Map<string, Item>>,
  before: Item | undefined,
  after: Item | undefined,
): void {
  const { rollout, item } = after ?? before ?? { rollout: '', item: '' };
  const of = parts.get(rollout) ?? new Map<string, Item>();
  parts.set(rollout, of);
  keepIn(of, item, after);
}
