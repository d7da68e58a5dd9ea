import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { PassThrough, type Readable } from 'node:stream';
import { promisify } from 'node:util';
import { ECRClient, PutImageCommand } from '@aws-sdk/client-ecr';
import { describe, expect, it, onTestFinished } from 'vitest';
import * as z from 'zod';
import { main, type Surroundings } from '#local/run.ts';
import { UnusableStackError } from '#local/scenario/story-policy.ts';
import { clientOf } from '../serve/place.ts';
import { stackWith, without } from './rig.ts';

interface Result {
  code: number;
  out: string;
  err: string;
}

/** Runs the program in this process; on a terminal where `tty` is given. */
async function run(
  args: string,
  {
    readStack = async () => stackWith(),
    listObstacles = () => [],
    untilEnded = () => new AbortController().signal,
    tty,
  }: Partial<Surroundings> & { tty?: object } = {},
): Promise<Result> {
  const [out, err] = [new PassThrough(), new PassThrough()];
  const code = await main(args.split(' ').filter(Boolean), {
    out: Object.assign(out, tty),
    err,
    readStack,
    listObstacles,
    untilEnded,
  });
  const text = (stream: PassThrough) => String(stream.read() ?? '');
  return { code, out: text(out), err: text(err) };
}

/** Nothing may begin. */
const neverRead: Surroundings['readStack'] = async () => {
  throw new Error('the stack was read');
};

describe('npm run local', () => {
  it('tells the story line by line where there is no terminal, and ends with 0', async () => {
    const { code, out, err } = await run('--speed max');

    expect(code).toBe(0);
    expect(err).toBe('');
    expect(out).toMatch(
      /^Longshore on an embedded cloud: 20 hosts, seed 1, as fast as it goes\.\n/,
    );
    expect(out).toMatch(/\n\d\d:\d\d:\d\d {2}shop-web #2 {2}rolled_back: /);
    expect(out).toMatch(/\nAll as expected: \d+ checks\.\n$/);
    expect(out).not.toContain('\u001b');
  });

  it('shows a picture in colours on a terminal that has them', async () => {
    const tty = { isTTY: true, columns: 100, rows: 40, hasColors: () => true };

    const { code, out } = await run('--speed max', { tty });

    expect(code).toBe(0);
    expect(out).toContain('\u001b[32m■■■■■■■■■■\u001b[39m  10 healthy');
  });

  it('leaves colours out where the terminal has none, as NO_COLOR asks', async () => {
    const tty = { isTTY: true, columns: 100, rows: 40, hasColors: () => false };

    const { out } = await run('--speed max', { tty });

    expect(out).toContain('■■■■■■■■■■  10 healthy');
    expect(out).not.toContain('\u001b[32m');
  });

  it('prints one JSON document and nothing else with --json', async () => {
    const { code, out, err } = await run('--json --speed max --hosts 5 --seed 9');

    const story = z
      .object({
        isAsExpected: z.literal(true),
        options: z.object({ hosts: z.literal(5), seed: z.literal(9) }),
        apiCalls: z.record(z.string(), z.int()),
        real: z.object({ seconds: z.number(), memoryBytes: z.int() }),
      })
      .parse(JSON.parse(out));
    const lines = err.trimEnd().split('\n');
    expect(code).toBe(0);
    expect(story.apiCalls['ssm:SendCommand']).toBeGreaterThan(0);
    expect(lines.map((line) => Object.keys(JSON.parse(line)))).toEqual(
      lines.map(() => ['second', 'tone', 'text']),
    );
  });

  it('ends with 1 and says what was expected where the story goes wrong', async () => {
    const deaf = async () => without(stackWith(), 'ImagePushed', 'SweepSchedule');

    const { code, out } = await run('--speed max', { readStack: deaf });

    expect(code).toBe(1);
    expect(out).toContain('Not as expected:\n  the push\n    expected  a rollout of v2\n');
  });

  it('ends with 0 where a rollout is held as its policy says, and says so', async () => {
    const { code, out } = await run('--speed max --silent 20');

    expect(code).toBe(0);
    expect(out).toContain('The story ends here: shop-web #1 is held and waits for a person.');
  });

  it('ends with 2 where no stack can be made of the files', async () => {
    const readStack = async () => {
      throw new UnusableStackError('policies/: no policy wants shop/web');
    };

    const { code, err } = await run('', { readStack });

    expect(code).toBe(2);
    expect(err).toBe('local: policies/: no policy wants shop/web\n');
  });

  it.each([
    ['--hosts 0', '--hosts <n|docker:n>', '--hosts 200'],
    ['--hosts 100001', "'100001'", 'from 1 to 100000'],
    ['--hosts 1.5', "'1.5'", 'whole number'],
    ['--hosts many', "'many'", 'whole number'],
    ['--hosts', 'argument missing', '--help'],
    ['--hosts docker', "'docker'", '--hosts docker:4'],
    ['--hosts docker:', "'docker:'", '--hosts docker:4'],
    ['--hosts docker:0', "'docker:0'", 'from 1 to 16'],
    ['--hosts docker:17', "'docker:17'", 'from 1 to 16'],
    ['--hosts docker:4 --failing 0.1', 'for simulated hosts', '--hosts 4'],
    ['--hosts docker:4 --silent 1', 'for simulated hosts', '--hosts 4'],
    ['--failing 1.1', "'1.1'", '--failing 0.1'],
    ['--failing half', "'half'", 'from 0 to 1'],
    ['--silent -1', "'-1'", '--silent 3'],
    ['--silent 1.5', "'1.5'", '--silent 0.1'],
    ['--silent 21', '--silent 21 is more than --hosts 20', 'at most 20'],
    ['--failing 0.6 --silent 0.6', '12 hosts', 'Lower one'],
    ['--speed 0', "'0'", '--speed max'],
    ['--speed fast', "'fast'", '--speed 600'],
    ['--seed -1', "'-1'", '--seed 7'],
    ['--seed 4294967296', "'4294967296'", 'from 0 to 4294967295'],
    ['--port 4566', '--port', 'Give --keep'],
    ['--no-story', '--no-story', 'Give --keep'],
    ['--keep --hosts docker:4', 'for simulated hosts', '--hosts 4'],
    ['--keep --port 0', "'0'", '--port 4566'],
    ['--keep --port 65536', "'65536'", 'from 1 to 65535'],
    ['--host 5', '--host', 'Did you mean --hosts?'],
    ['--json=yes', '--json=yes', '--help'],
    ['v2', 'too many arguments', '--help'],
  ])('refuses %s with 2, and starts nothing', async (args, what, mend) => {
    const { code, out, err } = await run(args, { readStack: neverRead });

    expect(code).toBe(2);
    expect(out).toBe('');
    expect(err).toContain(what);
    expect(err).toContain(mend);
  });
});

describe('a cloud that stays up', () => {
  const Address = z.object({
    endpoint: z.url(),
    region: z.string(),
    rolloutMachine: z.string(),
    story: z.object({ isAsExpected: z.boolean() }).optional(),
  });

  /** Ends the program as soon as it has said so much. */
  async function runUntil(words: string, args: string): Promise<Result> {
    const ended = new AbortController();
    let out = '';
    const write = (text: string) => {
      out += text;
      if (text.includes(words)) ended.abort();
    };
    const result = await run(args, { untilEnded: () => ended.signal, tty: { write } });
    return { ...result, out };
  }

  it('says where it is and what to try, and ends with 0', async () => {
    const { code, out, err } = await runUntil(
      'The cloud stays up',
      '--keep --no-story --speed 600',
    );

    const [, endpoint] =
      out.match(/It answers as AWS at (http:\/\/127\.0\.0\.1:\d+) from now on/) ?? [];
    expect(code).toBe(0);
    expect(err).toBe('');
    expect(out).toContain(`export AWS_ENDPOINT_URL=${endpoint} AWS_REGION=eu-west-1 `);
    expect(out).toContain('\n  aws ecr put-image --repository-name shop/web --image-tag v4 ');
    expect(out).toMatch(/list-executions --state-machine-arn arn:\S+:Longshore-rollout\n/);
    expect(out).toContain('600 virtual seconds a second');
    expect(out).toMatch(/\nEnded; nothing of the cloud is left\.\n$/);
  });

  it('tells the story first, and its time goes on at 120 where the story has leapt', async () => {
    const { code, out } = await runUntil('The cloud stays up', '--keep --speed max --hosts 3');

    expect(code).toBe(0);
    expect(out).toMatch(
      /All as expected: \d+ checks\.\n[\s\S]*The cloud stays up at .* 120 virtual/,
    );
  });

  it('is ended in the middle of its story, too', async () => {
    const { code, out } = await runUntil('push shop/web:v2', '--keep --speed max');

    expect(code).toBe(0);
    expect(out).not.toContain('All as expected');
  });

  it('prints one JSON document with --json', async () => {
    const { code, out } = await runUntil('endpoint', '--keep --json --speed max --hosts 3');

    const address = Address.parse(JSON.parse(out));
    expect(code).toBe(0);
    expect(address.story?.isAsExpected).toBe(true);
  });

  it('ends with 2 where its port is taken, and says how to get another', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;

    const { code, err } = await run(`--keep --port ${port}`, { readStack: neverRead });
    taken.close();

    expect(code).toBe(2);
    expect(err).toBe(
      `local: port ${port} is taken by another program; give another with --port, or none for one that is free\n`,
    );
  });
});

describe('real hosts', () => {
  it('are refused with 2 where this machine cannot have them, and the mend is said', async () => {
    const listObstacles = () => [
      'dockerd is missing: apt-get install docker.io',
      'namespaces and mounts need root',
    ];

    const { code, out, err } = await run('--hosts docker:4', {
      readStack: neverRead,
      listObstacles,
    });

    expect(code).toBe(2);
    expect(out).toBe('');
    expect(err).toBe(
      'local: real hosts cannot be had here:\n' +
        '  - dockerd is missing: apt-get install docker.io\n' +
        '  - namespaces and mounts need root\n' +
        'Simulated ones need nothing: --hosts 4.\n',
    );
  });

  it('are not looked for where nobody asks for them', async () => {
    const listObstacles = () => ['no Docker here'];

    expect((await run('--speed max --hosts 1', { listObstacles })).code).toBe(0);
  });
});

describe('the program itself', () => {
  const script = new URL('../../../local/run.ts', import.meta.url).pathname;
  const start = promisify(execFile);

  it('shows its options with examples', async () => {
    const { stdout } = await start(process.execPath, [script, '--help']);

    expect(stdout).toContain('--silent <n|share>');
    expect(stdout).toContain('npm run local -- --hosts 200');
    expect(stdout).toContain('npm run local -- --hosts docker:4');
    expect(stdout).toContain('(default: 20)');
    expect(stdout).toContain('npm run local -- --keep --no-story --port 4566');
    expect(stdout).toContain('"longshore.local/unhealthy": "1"');
  });

  it('stays up with --keep, rolls out a push from outside, and ends with 0 by Ctrl-C', async () => {
    const args = ['--keep', '--no-story', '--json', '--speed', '50000', '--hosts', '3'];
    const program = spawn(process.execPath, [script, ...args], { stdio: 'pipe' });
    onTestFinished(() => void program.kill('SIGKILL'));
    const said = (stream: Readable, words: string) =>
      new Promise<string>((resolve) => {
        let text = '';
        stream.on('data', (part: Buffer) => {
          text += part.toString();
          if (text.includes(words)) resolve(text);
        });
      });
    const completed = said(program.stderr, 'completed: v4 ');
    const { endpoint } = z
      .object({ endpoint: z.url() })
      .parse(JSON.parse(await said(program.stdout, '\n}\n')));
    const put = new PutImageCommand({
      repositoryName: 'shop/web',
      imageTag: 'v4',
      imageManifest: JSON.stringify({ schemaVersion: 2, annotations: { version: 'v4' } }),
    });

    await new ECRClient(clientOf(endpoint)).send(put);
    await completed;
    program.kill('SIGINT');

    expect(await once(program, 'exit')).toEqual([0, null]);
  });

  it('ends with 2 where an option is bad', async () => {
    const ending = start(process.execPath, [script, '--hosts', '0']);

    await expect(ending).rejects.toMatchObject({ code: 2, stdout: '' });
  });
});
