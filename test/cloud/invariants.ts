/**
 * What must always hold (docs/architecture.md), checked from outside: on the calls that the services saw,
 * the hosts' own logs, and the tables at the end.
 */
import { parsePayload } from '#aws/commands.ts';
import { readChunks, readPlannedHosts, readRollout } from '#aws/rollout-store.ts';
import { openStore } from '#aws/store.ts';
import type { HostCommand } from '#core/host-command.ts';
import { foldLog, type Rollout } from '#core/rollout.ts';
import { isFinalHost, isOpen } from '#core/status.ts';
import type { HostEvent } from '#local/hosts/host-state.ts';
import type { LocalCloud } from '#local/local-cloud.ts';
import type { ApiCall, ApiOutcome } from '#local/wire.ts';
import { actionOf, type Grants } from './granted-actions.ts';
import { watchWindows } from './watch-windows.ts';

/** A gate may have been read open at most one lambda timeout before the send. */
const LAMBDA_TIMEOUT_MS = 60_000;

export interface Watch {
  /** Everything that was violated so far, each with its number in the list of invariants. */
  violations(): Promise<string[]>;
}

interface GateFact {
  atMs: number;
  isOpen: boolean;
}

export function watchInvariants(cloud: LocalCloud, grants: Grants): Watch {
  const found: string[] = [];
  const gates = new Map<string, GateFact[]>();
  const intents = new Map<string, string[]>();
  const deadlines = new Map<string, number>();
  const marks = new Map<string, { gen: number; step: number; commandId: string }>();
  const denied = new Set<string>();
  const windows = watchWindows();

  const onPut = (call: ApiCall) => {
    const item = plain(call.input['Item']);
    const name = String(item['item'] ?? '');
    if (name === 'meta') {
      windows.onRollout(item);
      const isGateOpen =
        (item['status'] === 'in_progress' &&
          item['hold'] === undefined &&
          item['gate'] === 'open') ||
        item['status'] === 'rolling_back';
      const facts = gates.get(String(item['rollout'])) ?? [];
      facts.push({ atMs: call.atMs, isOpen: isGateOpen });
      gates.set(String(item['rollout']), facts);
    }
    if (name === 'spec') windows.onPolicy(item, call.atMs);
    if (name.startsWith('chunk#')) {
      for (const command of asList(item['commands'])) {
        const key = `${item['rollout']} ${item['chunk']} ${command['step']} ${command['generation']}`;
        intents.set(key, asList(command['hosts']).map(String));
      }
    }
    if (name.startsWith('target#')) {
      for (const one of asList(item['denied'])) {
        // A denial that a person lifted by name does not stand.
        const { lifted, digest } = one;
        if (isRecord(lifted) && String(lifted['by'] ?? '') !== '') denied.delete(String(digest));
        else denied.add(String(digest));
      }
      const desired = item['desired'];
      const digest = isRecord(desired) ? String(desired['digest']) : '';
      if (denied.has(digest)) found.push(`10: the denied digest ${digest} is desired`);
    }
  };

  const onSend = (call: ApiCall, outcome: ApiOutcome) => {
    const parameters = call.input['Parameters'];
    const payload = isRecord(parameters) ? asList(parameters['payload'])[0] : undefined;
    const command = parsePayload(String(payload));
    if (command === undefined) {
      found.push('3: a payload does not parse');
      return;
    }
    if ('output' in outcome) {
      const sent = outcome.output['Command'];
      const id = isRecord(sent) ? String(sent['CommandId']) : '';
      deadlines.set(id, command.deadline * 1000);
    }
    found.push(
      ...judgeSend(call, command, intents, gates),
      ...windows.judgeSend(command, call.atMs),
    );
  };

  const before = cloud.wire.onCall;
  cloud.wire.onCall = (call, outcome) => {
    before?.(call, outcome);
    const action = actionOf(call.service, call.operation);
    if (call.caller !== undefined && !grants.get(call.caller.functionName)?.has(action)) {
      found.push(`IAM: ${call.caller.functionName} may not call ${action}`);
    }
    if (call.operation === 'PutItem' && 'output' in outcome) onPut(call);
    if (call.operation === 'SendCommand') onSend(call, outcome);
  };
  cloud.fleet.onEvent = (event) => found.push(...judgeHostEvent(event, marks, deadlines));

  return {
    violations: async () => [...found, ...(await judgeTables(cloud))],
  };
}

function judgeSend(
  call: ApiCall,
  command: HostCommand,
  intents: ReadonlyMap<string, string[]>,
  gates: ReadonlyMap<string, readonly GateFact[]>,
): string[] {
  const found: string[] = [];
  const key = `${command.rollout} ${command.chunk} ${command.step} ${command.gen}`;
  const intended = intents.get(key);
  const hosts = asList(call.input['InstanceIds']).map(String);
  if (!hosts.every((host) => intended?.includes(host))) {
    found.push(`3: ${command.op} of ${key} was sent without a stored intent`);
  }
  if (command.op !== 'update' && command.op !== 'restore') return found;
  const facts = gates.get(command.rollout) ?? [];
  const sinceMs = call.atMs - LAMBDA_TIMEOUT_MS;
  const last = facts.findLast((fact) => fact.atMs <= sinceMs);
  const recent = facts.filter((fact) => fact.atMs > sinceMs);
  const wasOpen = last?.isOpen === true || recent.some((fact) => fact.isOpen);
  const isLocalRestore = command.op === 'restore';
  if (!wasOpen && !isLocalRestore) found.push(`3: ${key} was sent through a closed gate`);
  return found;
}

function judgeHostEvent(
  event: HostEvent,
  marks: Map<string, { gen: number; step: number; commandId: string }>,
  deadlines: ReadonlyMap<string, number>,
): string[] {
  const place = `${event.host}/${event.container}`;
  const mark = marks.get(place);
  if (event.kind === 'accepted') {
    const { gen, step } = event.mark;
    marks.set(place, { gen, step, commandId: event.commandId });
    const isHigher = mark === undefined || gen > mark.gen || (gen === mark.gen && step > mark.step);
    return isHigher
      ? []
      : [`7: ${place} accepted (${gen}, ${step}) after (${mark.gen}, ${mark.step})`];
  }
  if (event.kind !== 'started' || event.because === 'by_hand' || event.because === 'boot')
    return [];
  const deadline = deadlines.get(mark?.commandId ?? '');
  if (deadline === undefined)
    return [`9: ${place} started a container without an accepted command`];
  return event.atMs > deadline ? [`9: ${place} started a container after the deadline`] : [];
}

/** 5, 10 and 13, from the tables. */
async function judgeTables(cloud: LocalCloud): Promise<string[]> {
  const store = openStore(cloud.runtimeFor(`${cloud.account.stackName}-sweep`));
  const found: string[] = [];
  for (const item of Object.values(cloud.dynamo.dump()).flat()) {
    if (!isRecord(item) || item['item'] !== 'meta') continue;
    const rollout = await readRollout(store, String(item['rollout']));
    if (rollout === undefined) continue;
    if (foldLog(rollout.log) !== rollout.status) {
      found.push(`13: the log of ${rollout.rollout} gives ${foldLog(rollout.log)}`);
    }
    if (!isOpen(rollout.status)) found.push(...(await judgeFinal(cloud, rollout, store)));
  }
  return found;
}

async function judgeFinal(
  cloud: LocalCloud,
  rollout: Rollout,
  store: ReturnType<typeof openStore>,
): Promise<string[]> {
  const found: string[] = [];
  const chunks = await readChunks(store, rollout.rollout);
  const planned = (await readPlannedHosts(store, rollout.rollout)).flat();
  const records = chunks.flatMap((chunk) => chunk.hosts);
  if (rollout.settled) {
    for (const host of records.filter(({ status }) => !isFinalHost(status))) {
      found.push(`5: ${host.host} is ${host.status} in ${rollout.rollout}, ${rollout.status}`);
    }
  }
  if (rollout.status === 'completed') {
    const well = records.filter(
      ({ status, digest_after }) =>
        (status === 'completed' || status === 'skipped') && digest_after === rollout.image.digest,
    );
    if (well.length !== planned.length) {
      found.push(`5: ${rollout.rollout} completed with ${well.length} of ${planned.length} hosts`);
    }
  }
  if (rollout.status === 'rolled_back') {
    for (const host of records.filter(({ attempts }) => attempts > 0)) {
      const log = cloud.fleet.log(host.host);
      const isSame = log.length === 0 || host.digest_after === host.digest_before;
      if (!isSame) found.push(`6: ${host.host} runs ${host.digest_after} after the way back`);
    }
  }
  return found;
}

/** A wire-shaped item as plain values. */
function plain(item: unknown): Record<string, unknown> {
  const value = plainValue({ M: item });
  return isRecord(value) ? value : {};
}

function plainValue(value: unknown): unknown {
  if (!isRecord(value)) return undefined;
  const [type, held] = Object.entries(value)[0] ?? [];
  if (type === 'N') return Number(held);
  if (type === 'L') return Array.isArray(held) ? held.map(plainValue) : [];
  if (type === 'M' && isRecord(held)) {
    return Object.fromEntries(Object.entries(held).map(([key, inner]) => [key, plainValue(inner)]));
  }
  return held;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function asList(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value : [];
}
