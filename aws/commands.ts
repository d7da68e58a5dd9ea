/**
 * Commands to hosts by SSM. SendCommand has no client token, so a command whose id was never stored is
 * looked for by its comment; a duplicate that slips through meets the host's fence and changes nothing.
 */
import {
  type CommandInvocation,
  DescribeInstanceInformationCommand,
  InvalidInstanceId,
  ListCommandInvocationsCommand,
  ListCommandsCommand,
  SendCommandCommand,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { ThrottledError } from '#core/errors.ts';
import { formatHostCommand, type HostCommand, parseHostCommand } from '#core/host-command.ts';
import type { Invocation } from '#core/judge-host.ts';
import type { Policy } from '#core/policy.ts';
import { listHostTags } from '#core/policy-hosts.ts';
import { parseResultLine } from '#core/result-line.ts';
import type { Rollout } from '#core/rollout.ts';
import type { Runtime } from './runtime.ts';

/** DescribeInstanceInformation gives at most 50. */
export const HOSTS_PER_PAGE = 50;
/** ListCommands gives 50 a page: a command of the last minutes is on the first ones. */
const PAGES_LOOKED_THROUGH = 10;

export function openSsm(runtime: Runtime): SSMClient {
  return new SSMClient(runtime.clientConfig);
}

/** `<rollout id> c<chunk> s<step> <op>`: SSM takes at most 100 characters. */
function commentOf(command: HostCommand): string {
  return `${command.rollout} c${command.chunk} s${command.step} ${command.op}`;
}

export interface Sending {
  command: HostCommand;
  hosts: readonly string[];
  document: Rollout['document'];
  deliveryTimeoutSeconds: number;
}

/** The command's id; undefined where SSM refuses the whole call for an id that it does not know. */
export async function sendCommand(ssm: SSMClient, sending: Sending): Promise<string | undefined> {
  const { command, hosts, document } = sending;
  const payload = Buffer.from(formatHostCommand(command)).toString('base64');
  const call = new SendCommandCommand({
    DocumentName: document.name,
    DocumentVersion: document.version,
    DocumentHash: document.hash,
    DocumentHashType: 'Sha256',
    InstanceIds: [...hosts],
    // SSM's own defaults stop a command at its first failed host: what a failure means is judged here.
    MaxConcurrency: '100%',
    MaxErrors: '100%',
    TimeoutSeconds: sending.deliveryTimeoutSeconds,
    Comment: commentOf(command),
    Parameters: { payload: [payload], executionTimeout: [String(command.timeout)] },
  });
  // Inside the SDK's own retries, which would send a refused call again at once, and out of turn.
  call.middlewareStack.add((next) => (args) => slowly(next(args)), {
    step: 'finalizeRequest',
    priority: 'low',
  });
  try {
    const answer = await ssm.send(call);
    return answer.Command?.CommandId;
  } catch (error) {
    if (error instanceof InvalidInstanceId) return undefined;
    throw error;
  }
}

/** Which of these hosts SSM knows and reaches now. */
export async function readOnlineHosts(
  ssm: SSMClient,
  hosts: readonly string[],
): Promise<Set<string>> {
  const answer = await slowly(
    ssm.send(
      new DescribeInstanceInformationCommand({
        Filters: [{ Key: 'InstanceIds', Values: [...hosts] }],
        MaxResults: 50,
      }),
    ),
  );
  const known = answer.InstanceInformationList ?? [];
  const online = known.filter((host) => host.PingStatus === 'Online');
  return new Set(online.flatMap((host) => host.InstanceId ?? []));
}

export interface HostPage {
  hosts: string[];
  /** Matching hosts that SSM does not reach now. */
  offline: number;
  nextToken?: string;
}

/**
 * One page of the hosts that a policy selects. Pages may be short or empty; only a missing token is the
 * end. Tag filters cannot be combined with other filters, so who is online is judged here.
 */
export async function readHostPage(
  ssm: SSMClient,
  policy: Policy,
  nextToken: string | undefined,
): Promise<HostPage> {
  const tags = [{ key: 'longshore:enabled', value: 'true' }, ...listHostTags(policy)];
  const answer = await slowly(
    ssm.send(
      new DescribeInstanceInformationCommand({
        Filters: tags.map(({ key, value }) => ({ Key: `tag:${key}`, Values: [value] })),
        MaxResults: HOSTS_PER_PAGE,
        ...(nextToken !== undefined && { NextToken: nextToken }),
      }),
    ),
  );
  const wanted = new Set(policy.hosts);
  const found = (answer.InstanceInformationList ?? []).filter(
    (host) => host.InstanceId !== undefined && (wanted.size === 0 || wanted.has(host.InstanceId)),
  );
  const online = found.filter((host) => host.PingStatus === 'Online');
  return {
    hosts: online.flatMap((host) => host.InstanceId ?? []),
    offline: found.length - online.length,
    ...(answer.NextToken !== undefined &&
      answer.NextToken !== '' && { nextToken: answer.NextToken }),
  };
}

/** The id of a command that was sent, but whose id was not stored; undefined if SSM does not list it. */
export async function findCommand(
  ssm: SSMClient,
  documentName: string,
  command: HostCommand,
  sinceMs: number,
): Promise<string | undefined> {
  const comment = commentOf(command);
  // InvokedAfter is a whole second, and the clocks are not one clock.
  const since = new Date(sinceMs - 60_000).toISOString().replace(/\.\d+Z$/, 'Z');
  let next: string | undefined;
  for (let page = 0; page < PAGES_LOOKED_THROUGH; page += 1) {
    const answer = await slowly(
      ssm.send(
        new ListCommandsCommand({
          Filters: [
            { key: 'DocumentName', value: documentName },
            { key: 'InvokedAfter', value: since },
          ],
          MaxResults: 50,
          ...(next !== undefined && { NextToken: next }),
        }),
      ),
    );
    const found = answer.Commands?.find((candidate) => candidate.Comment === comment);
    if (found?.CommandId !== undefined) return found.CommandId;
    next = answer.NextToken;
    if (next === undefined || next === '') return undefined;
  }
  return undefined;
}

/** What every host of a command says: one page, for a command has at most 50 hosts. */
export async function readInvocations(ssm: SSMClient, commandId: string): Promise<Invocation[]> {
  const invocations: Invocation[] = [];
  let next: string | undefined;
  do {
    const answer = await slowly(
      ssm.send(
        new ListCommandInvocationsCommand({
          CommandId: commandId,
          Details: true,
          MaxResults: 50,
          ...(next !== undefined && { NextToken: next }),
        }),
      ),
    );
    invocations.push(...(answer.CommandInvocations ?? []).map(toInvocation));
    next = answer.NextToken === '' ? undefined : answer.NextToken;
  } while (next !== undefined);
  return invocations;
}

function toInvocation(invocation: CommandInvocation): Invocation {
  const plugin = invocation.CommandPlugins?.at(-1);
  const result = parseResultLine(plugin?.Output ?? '');
  const finished = plugin?.ResponseFinishDateTime?.getTime();
  // -1 stands for a script that has not ended, or that never began.
  const exitCode = plugin?.ResponseCode ?? -1;
  return {
    host: invocation.InstanceId ?? '',
    // The guide prints `DeliveryTimedOut`, the model `Delivery Timed Out`.
    status: (invocation.StatusDetails ?? invocation.Status ?? '').replaceAll(' ', ''),
    ...(finished !== undefined && { finishedAtMs: finished }),
    ...(exitCode >= 0 && { exitCode }),
    ...(result !== undefined && { result }),
  };
}

/** SSM publishes no rates; what it throttles is for the machine to send later, with jitter. */
async function slowly<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof Error && /Throttl|TooManyRequests|RequestLimit/.test(error.name)) {
      throw new ThrottledError(`SSM: ${error.name}`, { cause: error });
    }
    throw error;
  }
}

/** The command that a payload parameter holds; undefined where it is not one of ours. */
export function parsePayload(payload: string): HostCommand | undefined {
  return parseHostCommand(Buffer.from(payload, 'base64').toString('latin1'));
}
