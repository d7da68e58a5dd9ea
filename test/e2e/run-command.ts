/**
 * SSM Run Command in real time, on a port: the embedded SSM of local/ssm in front of hosts that MiniStack
 * runs. A test double of ours: MiniStack has no documents, no list of invocations and no events of commands.
 */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { VirtualClock } from '#local/clock.ts';
import { seededRandom } from '#local/seeded-random.ts';
import { ServiceError } from '#local/service-error.ts';
import type { ManagedHosts } from '#local/ssm/managed-host.ts';
import { Ssm, type SsmOptions } from '#local/ssm/ssm.ts';

/** How far the embedded clock may be behind. */
const TICK_MS = 20;

export interface RunCommand {
  readonly ssm: Ssm;
  readonly server: Server;
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
  const server = createServer(async (request, response) => {
    const { status, body } = await answer(ssm, request);
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' });
    response.end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => void server.listen(options.port, '127.0.0.1', resolve));
  void drive(clock, server);
  return { ssm, server };
}

async function answer(
  ssm: Ssm,
  request: IncomingMessage,
): Promise<{ status: number; body: object }> {
  const action = String(request.headers['x-amz-target']).split('.').at(-1) ?? '';
  const input: unknown = JSON.parse(await text(request));
  try {
    return { status: 200, body: await ssm.apply(action, input as Record<string, unknown>) };
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    const { code, message, fields, statusCode } = error;
    return { status: statusCode, body: { __type: code, message, ...fields } };
  }
}

async function drive(clock: VirtualClock, server: Server): Promise<void> {
  while (server.listening) {
    await clock.run({ untilMs: Date.now() });
    await delay(TICK_MS);
  }
}
