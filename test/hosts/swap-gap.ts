/**
 * `npm run bench:hosts`: for how long nothing answers while a container is swapped, by three ways: Longshore's
 * script, `docker compose up -d`, and stop, remove, create (Watchtower's order) by hand. The container stops as
 * soon as it is asked to; the images are there already. Polls every 100 ms; medians of the rounds. Not a test.
 */
import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { formatHostCommand } from '#core/host-command.ts';
import { parseResultLine } from '#core/result-line.ts';
import { Engine } from '#local/docker/engine.ts';
import { type PushedImage, pushImage } from '#local/docker/images.ts';
import { Registry } from '#local/docker/registry.ts';
import { listObstacles } from '#local/docker/requirements.ts';
import { buildComposePlugin } from './compose/build-plugin.ts';
import { SCRIPT_LINES } from './host-script.ts';

const ROUNDS = 9;
const PORT = 8080;
const RUN = ['run', '-d', '--name', 'web', '-p', `${PORT}:${PORT}`, '--restart', 'unless-stopped'];
/** Instant in nanoseconds and status, a line each, every 100 ms. */
const POLL = `while :; do printf '%s %s\\n' "$(date +%s%N)" "$(curl -so /dev/null -w '%{http_code}' --max-time 0.09 http://127.0.0.1:${PORT}/)"; sleep 0.1; done`;

interface Way {
  name: string;
  /** The old container runs when it returns. */
  begin: (image: PushedImage) => Promise<unknown>;
  swap: (image: PushedImage, round: number) => Promise<unknown>;
  end: () => Promise<unknown>;
}

interface Gap {
  failedPolls: number;
  /** From the last answer before it to the first one after it. */
  gapMs: number;
}

async function main(): Promise<number> {
  const obstacles = listObstacles();
  if (obstacles.length > 0) {
    process.stderr.write(`no real Docker Engine can run here:\n  - ${obstacles.join('\n  - ')}\n`);
    return 2;
  }
  const engine = new Engine();
  try {
    await engine.boot();
    const registry = new Registry(engine, { storage: path.join(engine.folder, 'images') });
    await registry.start();
    const v1 = await pushImage(engine, registry, { version: 'v1' });
    const v2 = await pushImage(engine, registry, { version: 'v2' });
    const plugin = await buildComposePlugin();
    process.stdout.write(`way${' '.repeat(33)}failed polls (each round)   median gap\n`);
    for (const way of [script(engine), compose(engine, plugin), byHand(engine)]) {
      const gaps: Gap[] = [];
      for (let round = 1; round <= ROUNDS; round++) {
        await way.begin(v1);
        gaps.push(await watch(engine, () => way.swap(v2, round)));
        await way.end();
      }
      process.stdout.write(`${formatRow(way.name, gaps)}\n`);
    }
    return 0;
  } finally {
    await engine.stop();
  }
}

function script(engine: Engine): Way {
  return {
    name: 'longshore',
    begin: (image) => engine.docker(...RUN, image.ref),
    swap: async (image, round) => {
      const { stdout } = await engine.runAsAgent({
        lines: SCRIPT_LINES,
        parameters: { payload: Buffer.from(commandText(image, round)).toString('base64') },
        commandId: randomUUID(),
      });
      const outcome = parseResultLine(stdout)?.outcome;
      if (outcome !== 'updated') throw new Error(`the script answered ${outcome ?? stdout}`);
    },
    end: () =>
      engine.run(['sh', '-c', 'docker rm -f $(docker ps -aq); rm -r /var/lib/longshore/web']),
  };
}

function commandText({ ref }: PushedImage, round: number): string {
  return formatHostCommand({
    v: 1,
    op: 'update',
    owner: 'Longshore/shop-web/shop/web',
    rollout: `shop-web-0a1b2c-g${round}`,
    batch: 0,
    chunk: 0,
    gen: round,
    step: 1,
    deadline: Math.floor(Date.now() / 1000) + 600,
    timeout: 120,
    container: 'web',
    mode: 'recreate',
    ref,
    auto: 1,
    check: { health: 'http', hport: PORT, hpath: '/health', hcode: 200, htls: 0 },
    timing: { retries: 10, interval: 0, htimeout: 2, grace: 0, success: 2, stable: 0 },
  });
}

function compose(engine: Engine, plugin: string): Way {
  const folder = path.join(engine.folder, 'shop');
  mkdirSync(folder, { recursive: true });
  const up = (image: PushedImage) => {
    const service = { image: image.ref, ports: [`${PORT}:${PORT}`], restart: 'unless-stopped' };
    writeFileSync(
      path.join(folder, 'compose.yaml'),
      JSON.stringify({ services: { web: service } }),
    );
    return engine.run([plugin, '--project-directory', folder, 'up', '-d']);
  };
  return {
    name: 'docker compose up -d',
    begin: up,
    swap: up,
    end: () => engine.run([plugin, '--project-directory', folder, 'down']),
  };
}

function byHand(engine: Engine): Way {
  return {
    name: 'stop, remove, create by hand',
    begin: (image) => engine.docker(...RUN, image.ref),
    swap: async (image) => {
      await engine.docker('stop', 'web');
      await engine.docker('rm', 'web');
      await engine.docker(...RUN, image.ref);
    },
    end: () => engine.docker('rm', '-f', 'web'),
  };
}

async function watch(engine: Engine, swap: () => Promise<unknown>): Promise<Gap> {
  const file = path.join(engine.folder, 'polls');
  writeFileSync(file, '');
  const polls = engine.start(['sh', '-c', `{ ${POLL}; } >${file}`]);
  try {
    await untilAnswers(file, 5);
    await swap();
    await untilAnswers(file, 5);
  } finally {
    polls.kill();
    await polls.ended;
  }
  return readGap(readPolls(file));
}

interface Poll {
  atMs: number;
  answers: boolean;
}

function readPolls(file: string): Poll[] {
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => {
    const [at = '', status] = line.split(' ');
    return { atMs: Number(at) / 1e6, answers: status === '200' };
  });
}

/** Until as many more polls in a row were answered. */
async function untilAnswers(file: string, count: number): Promise<void> {
  const from = readPolls(file).length;
  for (let tries = 0; tries < 600; tries++) {
    const since = readPolls(file).slice(from);
    if (since.length >= count && since.slice(-count).every(({ answers }) => answers)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('nothing answers after a minute');
}

function readGap(polls: readonly Poll[]): Gap {
  const failedPolls = polls.filter(({ answers }) => !answers).length;
  const first = polls.findIndex(({ answers }) => !answers);
  const last = polls.findLastIndex(({ answers }) => !answers);
  if (first === -1) return { failedPolls, gapMs: 0 };
  const gapMs = (polls[last + 1]?.atMs ?? 0) - (polls[first - 1]?.atMs ?? 0);
  return { failedPolls, gapMs };
}

function formatRow(name: string, gaps: readonly Gap[]): string {
  const failed = gaps.map(({ failedPolls }) => failedPolls).join(' ');
  const sorted = gaps.map(({ gapMs }) => gapMs).toSorted((one, other) => one - other);
  const median = Math.round(sorted[Math.floor(sorted.length / 2)] ?? 0);
  return `${name.padEnd(36)}${failed.padEnd(28)}${median} ms`;
}

process.exitCode = await main();
