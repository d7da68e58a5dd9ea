/**
 * SSM Run Command in real time, on a port: the embedded SSM of local/ssm in front of hosts that MiniStack
 * runs. A test double of ours: MiniStack has no documents, no list of invocations and no events of commands.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { VirtualClock } from '#local/clock.ts';
import { seededRandom } from '#local/seeded-random.ts';
import { type Served, serve } from '#local/serve/serve.ts';
import type { ManagedHosts } from '#local/ssm/managed-host.ts';
import { Ssm, type SsmOptions } from '#local/ssm/ssm.ts';

/** How far the embedded clock may be behind. */
const TICK_MS = 20;

export interface RunCommand {
  readonly ssm: Ssm;
  readonly server: Served;
}

export async function startRunCommand(options: {
  port: number;
  region: string;
  accountId: string;
  hosts: (clock: VirtualClock) => ManagedHosts;
  emit: SsmOptions['emit'];
}): Promise<RunCommand> {
  const clock = new VirtualClock(Date.now());
  const { region, accountId, emit } = options;
  const ssm = new Ssm({
    clock,
    random: seededRandom(1),
    region,
    accountId,
    hosts: options.hosts(clock),
    emit,
  });
  const server = await serve({
    port: options.port,
    region,
    services: ['ssm'],
    answer: ({ operation, input }) => ssm.apply(operation, { ...input }),
  });
  void drive(clock, server);
  return { ssm, server };
}

async function drive(clock: VirtualClock, server: Served): Promise<void> {
  while (server.isOpen()) {
    await clock.run({ untilMs: Date.now() });
    await delay(TICK_MS);
  }
}
