/** A SendCommand, read from its call. */
import { parsePayload } from '#aws/commands.ts';
import type { HostCommand } from '#core/host-command.ts';
import type { ApiCall, ApiOutcome } from '#local/wire.ts';
import { asList, isRecord } from './wire-item.ts';

/** One whose payload is ours, accepted or not. */
export interface Send {
  readonly command: HostCommand;
  readonly hosts: readonly string[];
  readonly atMs: number;
  readonly call: ApiCall;
  /** Undefined where SSM refused it. */
  readonly commandId: string | undefined;
}

/** Undefined where the payload is not ours. */
export function readSend(call: ApiCall, outcome: ApiOutcome): Send | undefined {
  const parameters = call.input['Parameters'];
  const payload = isRecord(parameters) ? asList(parameters['payload'])[0] : undefined;
  const command = parsePayload(String(payload));
  if (command === undefined) return undefined;
  const sent = 'output' in outcome ? outcome.output['Command'] : undefined;
  return {
    command,
    hosts: asList(call.input['InstanceIds']).map(String),
    atMs: call.atMs,
    call,
    commandId: isRecord(sent) ? String(sent['CommandId']) : undefined,
  };
}
