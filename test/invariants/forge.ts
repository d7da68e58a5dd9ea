/** A cloud in which nothing happens but what a test forges: calls, writes, sends, events of hosts, moves. */
import { formatHostCommand, type HostCommand } from '#core/host-command.ts';
import { formatResultLine, type HostResult } from '#core/result-line.ts';
import type { HostEvent, HostNote } from '#local/hosts/host-state.ts';
import type { SimulatedHost } from '#local/hosts/simulated-host.ts';
import { LocalCloud } from '#local/local-cloud.ts';
import type { ApiCall, Caller } from '#local/wire.ts';
import { aHostCommand, aSeed, GENERATION, NOW_MS, V1, V2 } from '#test/core/fixtures.ts';
import type { Check } from './check.ts';
import { type Watch, watchChecks } from './watch-invariants.ts';
import { isRecord } from './wire-item.ts';

export const HOST = 'i-01';
export const OTHER = 'i-02';
const STACK = 'Longshore';
/** What the first step of the fixtures' rollout sends. */
export const UPDATE = {
  op: 'update',
  rollout: aSeed().rollout,
  gen: GENERATION,
  ref: `shop/web@${V2}`,
  auto: 1,
  step: 1,
} as const;

interface By {
  atMs?: number;
  /** A lambda, and what it was invoked with. */
  lambda?: string;
  payload?: unknown;
  requestId?: string;
}

export interface Forgery {
  cloud: LocalCloud;
  watch: Watch;
  /** Without number and time. */
  said(): string[];
  put(item: object, by?: By & { table?: 'rollouts' | 'policies' | 'hosts' }): void;
  send(command: Partial<HostCommand>, hosts?: string[], by?: By): void;
  call(
    call: Pick<ApiCall, 'service' | 'operation'> & { input?: ApiCall['input']; output?: object },
    by?: By,
  ): void;
  /** What SSM lists for the plan of a rollout. */
  list(rollout: string, hosts: readonly string[]): void;
  /** What SSM tells of a host's answer. */
  tell(result: HostResult, host?: string): void;
  note(event: HostNote, host?: string): void;
  accept(commandId: string, mark?: { owner?: string; gen?: number; step?: number }): void;
}

export function forge(check: Check, skewMs = 0): Forgery {
  const cloud = new LocalCloud({ seed: 1, startMs: NOW_MS, stackName: STACK });
  const watch = watchChecks(cloud, [check], { overdueMs: 30 * 60_000, skewMs });
  for (const id of [HOST, OTHER]) {
    cloud.fleet.add({ id, tags: { 'longshore:enabled': 'true' }, containers: { web: V1 } });
  }
  const hear = (call: Omit<ApiCall, 'atMs' | 'caller'>, output: object, by: By = {}) => {
    const { atMs = NOW_MS } = by;
    cloud.wire.onCall?.({ ...call, atMs, caller: callerOf(by) }, { output: { ...output } });
  };
  const note: Forgery['note'] = (event, host = HOST) => {
    cloud.fleet.onEvent?.({ atMs: NOW_MS, host, container: 'web', ...event } as HostEvent);
  };
  return {
    cloud,
    watch,
    said: () => watch.found.map((line) => line.replace(/^.* at \S+Z: /, '')),
    put: (item, { table = tableOf(item), ...by } = {}) => {
      const input = { TableName: `${STACK}-${table}`, Item: wireItem(item) };
      hear({ service: 'dynamodb', operation: 'PutItem', input }, {}, by);
    },
    send: (fields, hosts = [HOST], by = {}) => {
      const command = aHostCommand(fields);
      const payload = Buffer.from(formatHostCommand(command)).toString('base64');
      const Parameters = { payload: [payload] };
      const input = { InstanceIds: hosts, DocumentVersion: '1', DocumentHash: 'ab', Parameters };
      const Command = { CommandId: `cmd-${command.step}` };
      hear({ service: 'ssm', operation: 'SendCommand', input }, { Command }, by);
    },
    call: ({ input = {}, output = {}, ...call }, by) => hear({ ...call, input }, output, by),
    list: (rolloutId, hosts) => {
      const call = { service: 'ssm', operation: 'DescribeInstanceInformation', input: {} } as const;
      const InstanceInformationList = hosts.map((InstanceId) => ({ InstanceId }));
      hear(call, { InstanceInformationList }, { lambda: 'plan-rollout', payload: { rolloutId } });
    },
    tell: (result, host = HOST) => {
      const CommandPlugins = [{ Output: formatResultLine(result), ResponseCode: result.code }];
      const CommandInvocations = [{ CommandId: result.cmd, InstanceId: host, CommandPlugins }];
      const call = { service: 'ssm', operation: 'ListCommandInvocations', input: {} } as const;
      hear(call, { CommandInvocations });
    },
    note,
    accept: (commandId, { owner = OWNER, gen = 1, step = 1 } = {}) =>
      note({ kind: 'accepted', commandId, mark: { owner, gen, step } }),
  };
}

export const OWNER = 'Longshore/shop-web/shop/web';

/** The host's files and containers, to be spoiled. */
export function slotOf({ cloud }: Forgery, host = HOST) {
  const slot = (cloud.fleet.host(host) as SimulatedHost).slot('web');
  if (slot === undefined) throw new Error(`${host} has no container`);
  return slot as { -readonly [Key in keyof typeof slot]: (typeof slot)[Key] };
}

function callerOf({ lambda, payload, requestId = 'request-1' }: By): Caller | undefined {
  if (lambda === undefined) return undefined;
  const functionName = `${STACK}-${lambda}`;
  const later = async () => {};
  return { functionName, requestId, payload, beforeCall: async () => 1, afterCall: later };
}

function tableOf(item: object): string {
  if ('rollout' in item && 'item' in item) return 'rollouts';
  return 'policy' in item && 'item' in item ? 'policies' : 'hosts';
}

function wireItem(item: object): Record<string, unknown> {
  const entries = Object.entries(item).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries.map(([key, value]) => [key, wireValue(value)]));
}

function wireValue(value: unknown): unknown {
  if (typeof value === 'string') return { S: value };
  if (typeof value === 'number') return { N: String(value) };
  if (typeof value === 'boolean') return { BOOL: value };
  if (Array.isArray(value)) return { L: value.map(wireValue) };
  return isRecord(value) ? { M: wireItem(value) } : { NULL: true };
}
