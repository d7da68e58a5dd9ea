/** What the calls of lambdas tell of the ways by which they mend what went wrong. */
import type { ApiCall, ApiOutcome } from '#local/wire.ts';
import { asList } from '#test/invariants/wire-item.ts';
import type { Counters } from '../counters.ts';
import { memberOf, textOf } from '../ledger.ts';
import type { Run } from './runs.ts';

export class CallWatch {
  readonly #counters: Counters;
  readonly #sent = new Set<string>();
  readonly #begun = new Set<string>();
  /** Ids of commands that a chunk holds. */
  readonly #stored = new Set<string>();
  /** What SSM listed for who looked for its command, by run. */
  readonly #listed = new Map<Run, Set<string>>();

  constructor(counters: Counters) {
    this.#counters = counters;
  }

  onCall({ caller, service, operation, input }: ApiCall, outcome: ApiOutcome, run: Run): void {
    const from = caller?.functionName.replace(/^[^-]*-/, '') ?? '';
    if ('error' in outcome) {
      this.#onError(from, service, outcome.error.code);
      return;
    }
    if (operation === 'SendCommand') this.#onSend(String(input['Comment']), run);
    if (operation === 'ListCommands') this.#onLook(outcome.output, run);
    if (operation === 'PutItem') this.#onPut(memberOf(input, 'Item'), run);
    if (operation === 'StartExecution') this.#onStart(from, String(input['name']), run);
    if (operation === 'RedriveExecution') this.#counters.count('a resume by redrive');
    if (operation === 'SendTaskSuccess') this.#counters.count(`a token completed by ${from}`);
  }

  #onError(from: string, service: string, code: string): void {
    if (code === 'ExecutionAlreadyExists') this.#counters.count('the execution existed');
    else if (/^Task|InvalidToken/.test(code)) this.#counters.count('a token was dead');
    else if (code === 'InvalidInstanceId') this.#counters.count('SSM knew a host no more');
    else if (code === 'ThrottlingException' && service === 'ssm') {
      this.#counters.count(`throttled by SSM: ${from}`);
    }
  }

  #onSend(comment: string, run: Run): void {
    if (this.#sent.has(comment)) this.#counters.count('a command was sent twice');
    this.#sent.add(comment);
    if (this.#listed.delete(run)) this.#counters.count('a step found its command not sent');
  }

  #onLook(output: Readonly<Record<string, unknown>>, run: Run): void {
    const ids = asList(output['Commands']).map((one) => String(memberOf(one, 'CommandId')));
    this.#listed.set(run, new Set([...(this.#listed.get(run) ?? []), ...ids]));
  }

  #onPut(item: unknown, run: Run): void {
    if (!textOf(item, 'item').startsWith('chunk#')) return;
    for (const command of asList(memberOf(memberOf(item, 'commands'), 'L'))) {
      const id = textOf(memberOf(command, 'M'), 'command_id');
      if (id === '' || this.#stored.has(id)) continue;
      this.#stored.add(id);
      if (!this.#listed.get(run)?.has(id)) continue;
      this.#counters.count('a step found its command sent');
      this.#listed.delete(run);
    }
  }

  #onStart(from: string, name: string, run: Run): void {
    const isFirst = !this.#begun.has(name);
    this.#begun.add(name);
    const number = Number(/-r(\d+)$/.exec(name)?.[1] ?? 0);
    if (!isFirst || number === 0) return;
    if (number > 1) this.#counters.count(`run + 1 by ${from}`);
    const isOwn = run.made.some(({ input }) => namesRun(memberOf(input, 'Item'), name));
    if (from === 'sweep' && (number === 1 || !isOwn)) this.#counters.count('sweep (b): began');
  }
}

function namesRun(item: unknown, name: string): boolean {
  return textOf(item, 'execution_arn').endsWith(`:${name}`);
}
