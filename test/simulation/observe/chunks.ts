/** What the records of hosts tell: answers that were lost and found, hosts that had to be asked. */
import type { ApiCall } from '#local/wire.ts';
import type { Counters } from '../counters.ts';
import { memberOf, textOf } from '../ledger.ts';

export class ChunkWatch {
  readonly #counters: Counters;
  readonly #before = new Map<string, { status: string; phase: string }>();

  constructor(counters: Counters) {
    this.#counters = counters;
  }

  onPut({ input }: ApiCall): void {
    const item = input['Item'];
    const name = textOf(item, 'item');
    if (!name.startsWith('chunk#')) return;
    const hosts = memberOf(memberOf(item, 'hosts'), 'L');
    for (const entry of Array.isArray(hosts) ? hosts : []) {
      const host = memberOf(entry, 'M');
      const key = `${textOf(item, 'rollout')} ${textOf(host, 'host')}`;
      this.#onHost(key, textOf(host, 'status'), textOf(host, 'phase'), textOf(host, 'error'));
    }
  }

  #onHost(key: string, status: string, phase: string, error: string): void {
    const before = this.#before.get(key);
    this.#before.set(key, { status, phase });
    if (before === undefined || (before.status === status && before.phase === phase)) return;
    if (before.status !== status) this.#counters.count(`host record: ${status}`);
    if (before.phase !== 'asking' && phase === 'asking') this.#counters.count('a host is asked');
    if (before.phase !== 'asking' || phase === 'asking') return;
    if (['completed', 'verifying', 'failed', 'rolled_back'].includes(status)) {
      this.#counters.count('an unknown host was resolved by status');
    } else if (/status:/.test(error)) {
      this.#counters.count('a host that was asked stays unknown');
    }
  }
}
