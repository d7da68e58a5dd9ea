/**
 * An AWS account that is not AWS: MiniStack on a port of the room, the parts that it lacks (emulator/), and
 * EC2 hosts that are containers with a Docker Engine of their own.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { EC2Client, RegisterImageCommand, RunInstancesCommand } from '@aws-sdk/client-ec2';
import { runProgram } from '#local/docker/run-program.ts';
import type { RaisedEvent } from '#local/events/cloud-event.ts';
import { ManagedContainers, PING_LAG_MS } from './managed-containers.ts';
import { type RunCommand, startRunCommand } from './run-command.ts';
import { ACCOUNT_ID, AWS_ENVIRONMENT, PORT, REGION, readSurroundings } from './surroundings.ts';

const RUN_COMMAND_PORT = 4600;
const NETWORK = { name: 'hosts', subnet: '172.29.64.0/24', gateway: '172.29.64.1' };
/** The registry by the name that hosts pull from, and by the one that a person in the room pushes to. */
export const REGISTRY_FOR_HOSTS = `${NETWORK.gateway}:${PORT}`;
export const REGISTRY = `127.0.0.1:${PORT}`;
const HOST_IMAGE = 'longshore-e2e-host';
/** What dockerd needs in a container; this is not the whole of `--privileged`. */
const HOST_CAPABILITIES = ['SYS_ADMIN', 'NET_ADMIN', 'SYS_PTRACE', 'SYS_MODULE', 'DAC_READ_SEARCH'];
const START_TIMEOUT_MS = 60_000;
const PING_EVERY_MS = 1_000;
const LOG_TAIL_LINES = 40;

export class Account {
  readonly #surroundings = readSurroundings();
  readonly #ec2 = new EC2Client({});
  readonly #pingLagMs: number;
  #emulator: ChildProcess | undefined;
  #runCommand: RunCommand | undefined;
  #hosts: ManagedContainers | undefined;
  #pings: NodeJS.Timeout | undefined;

  /** How long SSM takes to notice that an agent is lost. */
  constructor({ pingLagMs = PING_LAG_MS } = {}) {
    this.#pingLagMs = pingLagMs;
  }

  async start(): Promise<void> {
    await this.#prepareEngine();
    this.#runCommand = await startRunCommand({
      port: RUN_COMMAND_PORT,
      region: REGION,
      accountId: ACCOUNT_ID,
      emit: (event) => void raise(event),
      hosts: (clock) => {
        const { E2E_ENGINE: engineSocket } = this.#surroundings;
        const pingLagMs = this.#pingLagMs;
        this.#hosts = new ManagedContainers({ clock, engineSocket, ec2: this.#ec2, pingLagMs });
        return this.#hosts;
      },
    });
    await this.#startEmulator();
  }

  async stop(): Promise<void> {
    clearInterval(this.#pings);
    this.#emulator?.kill('SIGKILL');
    this.#runCommand?.server.close();
    const ids = await this.docker('ps', '-aq');
    if (ids !== '') await this.docker('rm', '-fv', ...ids.split('\n'));
  }

  get hosts(): ManagedContainers {
    if (this.#hosts === undefined) throw new Error('the account was not started');
    return this.#hosts;
  }

  /** Starts a host for each, in the fleet of that name, and returns their ids in the same order. */
  async launch(fleets: readonly string[]): Promise<string[]> {
    const { ImageId } = await this.#ec2.send(
      // MiniStack takes an image of its Docker Engine here.
      new RegisterImageCommand({ Name: HOST_IMAGE, ImageLocation: HOST_IMAGE }),
    );
    const ids: string[] = [];
    for (const fleet of fleets) {
      const tags = { 'longshore:enabled': 'true', 'longshore:fleet': fleet };
      const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
      const { Instances = [] } = await this.#ec2.send(
        new RunInstancesCommand({
          ImageId,
          InstanceType: 't3.micro',
          MinCount: 1,
          MaxCount: 1,
          TagSpecifications: [{ ResourceType: 'instance', Tags }],
        }),
      );
      ids.push(...Instances.map(({ InstanceId = '' }) => InstanceId));
    }
    await this.hosts.register();
    await Promise.all(ids.map((id) => untilEngineAnswers(this, id)));
    this.#pings = setInterval(() => void this.hosts.ping(), PING_EVERY_MS);
    return ids;
  }

  /** The power is cut: the host, its Engine and its containers are gone. */
  async killHost(id: string): Promise<void> {
    const container = await this.docker('ps', '-q', '--filter', `label=instance_id=${id}`);
    await this.docker('kill', container);
  }

  /** The output of the Docker client beside the run's own Engine. */
  async docker(...args: string[]): Promise<string> {
    const env = {
      ...process.env,
      DOCKER_BUILDKIT: '0',
      DOCKER_CONFIG: path.join(this.#surroundings.E2E_FOLDER, 'client'),
    };
    const host = `unix://${this.#surroundings.E2E_ENGINE}`;
    return (await runProgram(['docker', '-H', host, ...args], { env })).trim();
  }

  /** The last of what MiniStack said, for a person who looks for the fault. */
  readLog(): string {
    return readFileSync(this.#logFile, 'utf8').split('\n').slice(-LOG_TAIL_LINES).join('\n');
  }

  get #logFile(): string {
    return path.join(this.#surroundings.E2E_FOLDER, 'ministack.log');
  }

  async #prepareEngine(): Promise<void> {
    if ((await this.docker('images', '-q', HOST_IMAGE)) !== '') return;
    await this.docker('import', this.#surroundings.E2E_HOST_IMAGE, `${HOST_IMAGE}:base`);
    await this.docker('build', '-q', '-t', HOST_IMAGE, path.join(import.meta.dirname, 'host'));
    await this.docker('network', 'create', '--subnet', NETWORK.subnet, NETWORK.name);
  }

  async #startEmulator(): Promise<void> {
    const { E2E_FOLDER, E2E_ENGINE, E2E_PYTHON } = this.#surroundings;
    const temporary = path.join(E2E_FOLDER, 'ministack');
    mkdirSync(temporary, { recursive: true });
    const log = openSync(this.#logFile, 'a');
    const start = path.join(import.meta.dirname, 'emulator/start.py');
    const emulator = spawn(E2E_PYTHON, ['-B', start], {
      stdio: ['ignore', log, log],
      env: {
        PATH: process.env['PATH'], // Lambdas run by the first node in it.
        GATEWAY_PORT: String(PORT),
        BIND_HOST: '0.0.0.0', // Hosts pull from the address of the bridge.
        MINISTACK_HOST: '127.0.0.1',
        MINISTACK_REGION: REGION,
        AWS_DEFAULT_REGION: REGION,
        DOCKER_HOST: `unix://${E2E_ENGINE}`,
        DOCKER_NETWORK: NETWORK.name,
        EC2_DOCKER_FLAGS: HOST_CAPABILITIES.map((name) => `--cap-add ${name}`).join(' '),
        IOT_MTLS_ENABLED: '0',
        SFTP_ENABLED: '0',
        TMPDIR: temporary,
        RUN_COMMAND_URL: `http://127.0.0.1:${RUN_COMMAND_PORT}/`,
      },
    });
    this.#emulator = emulator;
    const isUp = () => fetch(`${AWS_ENVIRONMENT.AWS_ENDPOINT_URL}/_ministack/health`);
    await until(
      () =>
        isUp().then(
          (answer) => answer.ok,
          () => false,
        ),
      () => `MiniStack does not answer (exit ${emulator.exitCode}):\n${this.readLog()}`,
    );
  }
}

async function untilEngineAnswers(account: Account, id: string): Promise<void> {
  const container = account.hosts.container(id);
  const ping = () =>
    container.call('GET', '/_ping').then(
      (answer) => answer === 'OK',
      () => false,
    );
  await until(ping, () => `the Engine of ${id} does not answer`);
}

async function until(holds: () => Promise<boolean>, complaint: () => string): Promise<void> {
  for (const endMs = Date.now() + START_TIMEOUT_MS; !(await holds()); await delay(200)) {
    if (Date.now() > endMs) throw new Error(complaint());
  }
}

/** By emulator/run_command.py: an event of SSM cannot come in by PutEvents, here as in AWS. */
async function raise({ source, detailType, detail, resources }: RaisedEvent): Promise<void> {
  const scope = `test/20260101/${REGION}/ssm/aws4_request`;
  const answer = await fetch(AWS_ENVIRONMENT.AWS_ENDPOINT_URL, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'AmazonSSM.RaiseEvent',
      // Never checked; MiniStack reads the service and the region out of it.
      authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`,
    },
    body: JSON.stringify({ source, detailType, detail, resources }),
  });
  if (!answer.ok) throw new Error(`RaiseEvent: ${answer.status} ${await answer.text()}`);
}
