/** One simulated host, and commands for it as the product would write them. */
import { formatHostCommand, type HostCommand } from '#core/host-command.ts';
import { type HostResult, parseResultLine } from '#core/result-line.ts';
import { VirtualClock } from '#local/clock.ts';
import { Fleet, type HostSpec } from '#local/hosts/fleet.ts';
import { seededRandom } from '#local/seeded-random.ts';
import type { AgentReport } from '#local/ssm/managed-host.ts';
import { START_MS } from '../cloud-rig.ts';

export const V1 = `sha256:${'1'.repeat(64)}`;
export const V2 = `sha256:${'2'.repeat(64)}`;
export const V3 = `sha256:${'3'.repeat(64)}`;
export const OWNER = 'longshore/shop-web/shop/web';
const REGISTRY = '111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop/web';

export const refOf = (digest: string) => `${REGISTRY}@${digest}`;

export function commandOf(given: Partial<HostCommand> = {}): HostCommand {
  const op = given.op ?? 'update';
  return {
    v: 1,
    op,
    owner: OWNER,
    rollout: 'shop-web-123abc-g10',
    batch: 0,
    chunk: 0,
    gen: 10,
    step: 1,
    deadline: START_MS / 1000 + 3_600,
    timeout: 600,
    container: 'web',
    mode: 'recreate',
    ...(op === 'update' && { ref: refOf(V2), auto: 1 as const }),
    ...(op === 'restore' && { undoes: 10 }),
    ...(op !== 'status' && {
      check: {
        health: 'http' as const,
        hport: 8080,
        hpath: '/health',
        hcode: 200,
        htls: 1 as const,
      },
      timing: { retries: 3, interval: 10, htimeout: 5, grace: 5, success: 2, stable: 10 },
    }),
    ...given,
  };
}

export interface Sent {
  report: AgentReport | undefined;
  result: HostResult | undefined;
  kill: () => void;
}

export function hostRig(spec: HostSpec = {}, seed = 1) {
  const clock = new VirtualClock(START_MS);
  const fleet = new Fleet({ clock, random: seededRandom(seed) });
  const host = fleet.add({ containers: { web: V1 }, ...spec });
  let sent = 0;
  /** Sends without waiting; what comes back is filled in. */
  const start = (given: Partial<HostCommand> = {}, executionTimeoutMs = 600_000): Sent => {
    const payload = Buffer.from(formatHostCommand(commandOf(given))).toString('base64');
    return startRaw(payload, executionTimeoutMs);
  };
  const startRaw = (payload: string, executionTimeoutMs = 600_000): Sent => {
    const answer: Sent = { report: undefined, result: undefined, kill: () => {} };
    const command = {
      commandId: `command-${++sent}`,
      lines: [],
      parameters: { payload: [payload] },
      executionTimeoutMs,
    };
    const run = host.start(command, (report) => {
      answer.report = report;
      answer.result = parseResultLine(report.stdout);
    });
    answer.kill = () => run.kill();
    return answer;
  };
  /** Sends, and waits for the answer. */
  const send = async (given: Partial<HostCommand> = {}): Promise<HostResult | undefined> => {
    const answer = start(given);
    await clock.run({ until: () => answer.report !== undefined });
    return answer.result;
  };
  const started = () =>
    fleet.log(host.id).flatMap((event) => (event.kind === 'started' ? [event] : []));
  return { clock, fleet, host, start, startRaw, send, started, log: () => fleet.log(host.id) };
}
