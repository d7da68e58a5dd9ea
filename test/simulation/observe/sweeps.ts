/** The duties of the sweep that came to something. */
import type { ApiCall, ApiOutcome } from '#local/wire.ts';
import { asList, isRecord } from '#test/invariants/wire-item.ts';
import type { Counters } from '../counters.ts';
import { memberOf, textOf } from '../ledger.ts';

export class SweepWatch {
  readonly #counters: Counters;
  /** Who wrote an entry of a rollout's log first, by the entry's id. */
  readonly #writers = new Map<string, string>();
  /** What each sweep has offered to the bus, by request and rollout. */
  readonly #paid = new Set<string>();
  readonly #expired = new Set<string>();

  constructor(counters: Counters) {
    this.#counters = counters;
  }

  onCall({ caller, service, operation, input }: ApiCall, outcome: ApiOutcome): void {
    if ('error' in outcome) return;
    const request = caller?.requestId ?? '';
    const item = memberOf(input, 'Item');
    if (operation === 'PutItem' && textOf(item, 'item') === 'meta') this.#noteLog(item, request);
    if (!caller?.functionName.endsWith('-sweep')) return;
    if (service === 'sqs') this.#counters.count('sweep (a): looked at repositories');
    if (operation === 'PutItem') this.#onPut(item);
    if (operation === 'PutEvents') this.#onEvents(input, request);
    const rollout = textOf(memberOf(input, 'Key'), 'rollout');
    if (operation === 'UpdateItem' && this.#paid.delete(`${request} ${rollout}`)) {
      this.#counters.count('sweep (g): published what was owed');
    }
  }

  #noteLog(item: unknown, request: string): void {
    for (const entry of asList(memberOf(memberOf(item, 'log'), 'L'))) {
      const id = `${textOf(item, 'rollout')}/${textOf(memberOf(entry, 'M'), 'seq', 'N')}`;
      if (!this.#writers.has(id)) this.#writers.set(id, request);
    }
  }

  #onPut(item: unknown): void {
    if (textOf(item, 'item').startsWith('target#')) {
      this.#counters.count('sweep (e): freed a target');
    }
    const rollout = textOf(item, 'rollout');
    const decision = memberOf(memberOf(item, 'decision'), 'M');
    if (textOf(decision, 'action') !== 'expire' || this.#expired.has(rollout)) return;
    this.#expired.add(rollout);
    this.#counters.count('sweep (d): expired an approval');
  }

  /** What the sweep itself has written it publishes as everybody does. */
  #onEvents(input: Readonly<Record<string, unknown>>, request: string): void {
    for (const entry of asList(input['Entries'])) {
      const detail: unknown = JSON.parse(String(memberOf(entry, 'Detail')));
      if (!isRecord(detail) || this.#writers.get(String(detail['id'])) === request) continue;
      this.#paid.add(`${request} ${String(detail['rollout_id'])}`);
    }
  }
}
