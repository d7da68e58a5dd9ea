/** What hosts have told the product, by the answers of SSM that it has read: one line for a command and a host. */
import { type HostResult, parseResultLine } from '#core/result-line.ts';
import type { ApiCall, ApiOutcome } from '#local/wire.ts';
import { asList, isRecord } from './wire-item.ts';

export class Told {
  readonly #outputs = new Map<string, unknown>();
  readonly #exits = new Map<string, unknown>();

  hear({ operation }: ApiCall, outcome: ApiOutcome): void {
    if (operation !== 'ListCommandInvocations' || 'error' in outcome) return;
    for (const invocation of asList(outcome.output['CommandInvocations'])) {
      if (!isRecord(invocation)) continue;
      const { CommandId, InstanceId, CommandPlugins } = invocation;
      const plugin = asList(CommandPlugins).at(-1);
      const output = isRecord(plugin) ? plugin['Output'] : undefined;
      if (output === '' || output === undefined) continue;
      this.#outputs.set(`${CommandId} ${InstanceId}`, output);
      const exit = isRecord(plugin) ? plugin['ResponseCode'] : undefined;
      this.#exits.set(`${CommandId} ${InstanceId}`, exit);
    }
  }

  /** Whether the script ended with the code that its line says. */
  isSame(commandId: string, host: string): boolean {
    return this.#exits.get(`${commandId} ${host}`) === this.of(commandId, host)?.code;
  }

  /** Undefined where the host told nothing of this command that can be believed. */
  of(commandId: string, host: string): HostResult | undefined {
    const output = this.#outputs.get(`${commandId} ${host}`);
    return typeof output === 'string' ? parseResultLine(output) : undefined;
  }
}
