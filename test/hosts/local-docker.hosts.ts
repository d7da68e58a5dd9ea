/** `npm run local -- --hosts docker:n` as people run it, watched from outside: on the hosts' own port, in /proc, in /tmp. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { runProgram, startProgram } from '#local/docker/run-program.ts';
import { listDescendants, listRooms, netOf } from './descendants.ts';

const PROGRAM = new URL('../../local/run.ts', import.meta.url).pathname;
const STORY_TIMEOUT_MS = 10 * 60_000;
const LOOK_MS = 200;
const GONE_MS = 30_000;

const Story = z.object({
  isAsExpected: z.boolean(),
  pushes: z.array(
    z.object({
      tag: z.string(),
      rollout: z.object({ status: z.string() }).optional(),
      runs: z.record(z.string(), z.int()),
      checks: z.array(z.object({ what: z.string(), found: z.string() })),
    }),
  ),
});

const started: { kill: () => void }[] = [];
afterEach(() => {
  for (const program of started.splice(0)) program.kill();
});

function start(...args: string[]) {
  const child = spawn(process.execPath, [PROGRAM, '--json', '--speed', 'max', ...args]);
  const { pid = 0 } = child;
  started.push({ kill: () => child.kill('SIGKILL') });
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += String(chunk);
  });
  let hasEnded = false;
  const ended = Promise.all([once(child, 'exit'), text(child.stdout)]).then(([[code], out]) => {
    hasEnded = true;
    return { code, out };
  });
  const hears = async (words: string) => {
    while (!hasEnded && !said.includes(words)) await delay(LOOK_MS);
    if (!said.includes(words)) throw new Error(said);
  };
  return { pid, child, ended, hears, said: () => said, isRunning: () => !hasEnded };
}

/** What answers on port 8080 of every network that the program made, over time: `v1 v2`. */
async function watchPort(program: ReturnType<typeof start>): Promise<string[]> {
  const seen = new Map<string, string[]>();
  while (program.isRunning()) {
    for (const [net, pid] of netsBelow(program.pid)) {
      const answer = await askIn(pid);
      const answers = seen.get(net) ?? [];
      if (answer !== '' && answers.at(-1) !== answer) seen.set(net, [...answers, answer]);
    }
    await delay(LOOK_MS);
  }
  return [...seen.values()].map((answers) => answers.join(' ')).sort();
}

/** Networks of rooms; those of containers are of no interest, for nothing publishes there. */
function netsBelow(pid: number): Map<string, number> {
  const own = netOf(process.pid);
  const shells = listDescendants(pid).filter(({ command }) => command.includes('boot.sh'));
  const nets = shells.map(({ pid: inner }) => [netOf(inner), inner] as const);
  return new Map(nets.filter(([net]) => net !== undefined && net !== own) as [string, number][]);
}

async function askIn(pid: number): Promise<string> {
  const curl = ['curl', '-s', '--max-time', '2', 'http://127.0.0.1:8080/'];
  return (await startProgram(['nsenter', '-t', String(pid), '-n', ...curl]).ended).stdout.trim();
}

describe('npm run local -- --hosts docker:4', () => {
  it(
    'brings v2 to four real hosts, and v3 to one of them and back',
    async () => {
      const program = start('--hosts', 'docker:4');

      const served = await watchPort(program);
      const { code, out } = await program.ended;

      expect(code, program.said()).toBe(0);
      const story = Story.parse(JSON.parse(out));
      expect(story.isAsExpected).toBe(true);
      expect(story.pushes.map(({ tag, rollout }) => [tag, rollout?.status])).toEqual([
        ['v2', 'completed'],
        ['v3', 'rolled_back'],
        ['v3-again', undefined],
      ]);
      expect(story.pushes.map(({ runs }) => runs)).toEqual(Array(3).fill({ v2: 4 }));
      const answers = story.pushes.flatMap(({ checks }) =>
        checks.filter(({ what }) => what === "what answers on the hosts' port"),
      );
      expect(answers.map(({ found }) => found)).toEqual(['4 v2', '4 v2', '4 v2']);
      expect(served).toEqual(['v1 v2', 'v1 v2', 'v1 v2', 'v1 v2 v3 v2']);
    },
    STORY_TIMEOUT_MS,
  );

  it.each(['SIGKILL', 'SIGINT'] as const)(
    'leaves nothing behind after %s',
    async (signal) => {
      const program = start('--hosts', 'docker:1');
      await program.hears('in_progress');
      const below = listDescendants(program.pid);
      const rooms = listRooms(below);

      program.child.kill(signal);
      await program.ended;

      const isLeft = () =>
        rooms.some((room) => existsSync(room)) ||
        below.some(({ pid }) => existsSync(`/proc/${pid}`));
      for (const endMs = Date.now() + GONE_MS; Date.now() < endMs && isLeft(); )
        await delay(LOOK_MS);
      expect(rooms).toHaveLength(2);
      expect(rooms.filter((room) => existsSync(room))).toEqual([]);
      expect(below.filter(({ pid }) => existsSync(`/proc/${pid}`))).toEqual([]);
      const cgroups = await runProgram(['find', '/sys/fs/cgroup', '-name', 'longshore-room-*']);
      expect(rooms.filter((room) => cgroups.includes(path.basename(room)))).toEqual([]);
    },
    STORY_TIMEOUT_MS,
  );
});
