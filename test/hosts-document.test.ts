import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { formatHostCommand, type HostCommand } from '#core/host-command.ts';
import { type HostResult, parseResultLine } from '#core/result-line.ts';
import { buildHostDocument } from '#hosts/document.ts';
import { readHostScript } from '#hosts/read-script.ts';

const SCRIPT = readHostScript('hosts/script');
const DOCUMENT = buildHostDocument(SCRIPT);
const CONTENT = JSON.parse(DOCUMENT.content);
const [STEP] = CONTENT.mainSteps;
const PACKED = /printf %s '([^']+)'/.exec(STEP.inputs.runCommand[1])?.[1] ?? '';

describe('the document', () => {
  it('fits into what SSM takes', () => {
    expect(Buffer.byteLength(DOCUMENT.content)).toBeLessThan(65_536);
  });

  it('is refused when it does not', () => {
    expect(() => buildHostDocument(SCRIPT.repeat(6))).toThrow(/bytes do not fit/);
  });

  it('is schema 2.2, for Linux, bounded by executionTimeout', () => {
    expect(CONTENT.schemaVersion).toBe('2.2');
    expect(CONTENT.mainSteps).toHaveLength(1);
    expect(STEP).toMatchObject({
      action: 'aws:runShellScript',
      precondition: { StringEquals: ['platformType', 'Linux'] },
      inputs: { timeoutSeconds: '{{ executionTimeout }}' },
    });
  });

  it('takes the payload as data', () => {
    expect(CONTENT.parameters.payload).toMatchObject({
      type: 'String',
      interpolationType: 'ENV_VAR',
      allowedPattern: '^[A-Za-z0-9+/=]{1,4096}$',
    });
    expect(Object.keys(CONTENT.parameters)).toEqual(['payload', 'executionTimeout']);
  });

  it.each([
    ['4', false],
    ['5', true],
    ['600', true],
    ['99999', true],
    ['172800', true],
    ['172801', false],
    ['0600', false],
    ['600; reboot', false],
  ])('takes %s seconds as executionTimeout: %s', (seconds, isTaken) => {
    const pattern = new RegExp(CONTENT.parameters.executionTimeout.allowedPattern);

    expect(pattern.test(seconds)).toBe(isTaken);
  });

  it('has no braces of a template but those of its own two parameters', () => {
    expect(DOCUMENT.content.match(/\{\{.*?\}\}/g)).toEqual([
      '{{ executionTimeout }}',
      '{{ payload }}',
    ]);
    expect(DOCUMENT.content.match(/\{\{/g)).toHaveLength(2);
  });

  it('is pinned by the SHA-256 of its very bytes, and is the same each time', () => {
    const hash = createHash('sha256').update(DOCUMENT.content).digest('hex');

    expect(DOCUMENT.hash).toBe(hash);
    expect(buildHostDocument(SCRIPT)).toEqual(DOCUMENT);
    expect(buildHostDocument(`${SCRIPT}#`).hash).not.toBe(hash);
  });

  it('carries the script whole, packed without the name of a system or a time', () => {
    const packed = Buffer.from(PACKED, 'base64');

    expect(gunzipSync(packed).toString()).toBe(SCRIPT);
    expect(packed.subarray(4, 8)).toEqual(Buffer.alloc(4));
    expect(packed[9]).toBe(255);
  });
});

// The script is for Linux, as the document says.
describe.runIf(process.platform === 'linux')('the script', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'host-'));
    engine('exit 1');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** Stands in for the Docker client; `$1` is its first word. */
  function engine(body: string): void {
    const file = path.join(folder, 'docker');
    writeFileSync(file, `#!/bin/sh\n${body}\n`);
    chmodSync(file, 0o755);
  }
  /** An Engine that answers, and holds no container. */
  const noContainers = () => engine('case $1 in version) echo 28 ;; *) exit 1 ;; esac');

  function sh(args: string[], env: Record<string, string> = {}): { line: string; status: number } {
    const ran = spawnSync('sh', args, {
      encoding: 'utf8',
      env: {
        PATH: `${folder}:${process.env['PATH']}`,
        LONGSHORE_ROOT: path.join(folder, 'state'),
        SSM_COMMAND_ID: '01234567-89ab-cdef-0123-456789abcdef',
        ...env,
      },
    });
    return { line: ran.stdout, status: ran.status ?? -1 };
  }

  function run(text: string): { result: HostResult; line: string; status: number } {
    const ran = sh(['-c', SCRIPT, 'longshore-host', Buffer.from(text).toString('base64')]);
    const result = parseResultLine(ran.line);
    if (result === undefined) throw new Error(`no result line: ${JSON.stringify(ran)}`);
    return { ...ran, result };
  }

  /** As the script writes its state files: the last line is the checksum of the others. */
  const withChecksum = (lines: string) =>
    `${lines}end=${spawnSync('cksum', { input: lines, encoding: 'utf8' }).stdout}`;

  const nowSeconds = () => Math.floor(Date.now() / 1000);
  const command = (change: Partial<HostCommand> = {}): HostCommand => ({
    v: 1,
    op: 'update',
    owner: 'Longshore/shop-web/shop/web',
    rollout: 'shop-web-0a1b2c-g100',
    batch: 0,
    chunk: 3,
    gen: 100,
    step: 1,
    deadline: nowSeconds() + 900,
    timeout: 600,
    container: 'web',
    mode: 'recreate',
    ref: `111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop/web@sha256:${'a'.repeat(64)}`,
    auto: 1,
    check: { health: 'http', hport: 8080, hpath: '/health', hcode: 200, htls: 0 },
    timing: { retries: 1, interval: 1, htimeout: 1, grace: 0, success: 1, stable: 0 },
    ...change,
  });
  const text = (change: Partial<HostCommand> = {}) => formatHostCommand(command(change));
  const restore = (change: Partial<HostCommand>) => {
    const { ref, auto, ...rest } = command(change);
    return formatHostCommand({ ...rest, op: 'restore', undoes: 100 });
  };

  it.each([
    ['by environment, from an agent that knows it', true],
    ['in its text, from an older one', false],
  ])('gets the payload out of the document %s', (_, byEnvironment) => {
    const payload = Buffer.from(text()).toString('base64');
    const lines: string[] = STEP.inputs.runCommand;
    const file = path.join(folder, 'step.sh');
    const written = lines.join('\n');
    writeFileSync(file, byEnvironment ? written : written.replaceAll('{{ payload }}', payload));

    const { line, status } = sh([file], byEnvironment ? { SSM_payload: payload } : {});

    expect(parseResultLine(line)).toMatchObject({ rollout: 'shop-web-0a1b2c-g100', code: 30 });
    expect(status).toBe(30);
  });

  describe('refuses a payload', () => {
    const good = text();
    const put = (key: string, value: string) =>
      good.replace(new RegExp(`^${key}=.*$`, 'm'), `${key}=${value}`);

    it.each([
      ['with a command behind a value', put('container', 'web;id')],
      ['with a command in the place of a value', put('container', '$(id)')],
      ['with a path for a container', put('container', '../../etc')],
      ['with an option for a container', put('container', '--privileged')],
      ['with no container', put('container', '')],
      ['with a tag and no digest', put('ref', 'shop/web:latest')],
      ['with a digest of 63 digits', put('ref', `shop/web@sha256:${'a'.repeat(63)}`)],
      ['with a digest in capitals', put('ref', `shop/web@sha256:${'A'.repeat(64)}`)],
      ['with a digest alone', put('ref', 'a'.repeat(64))],
      ['with two digests', put('ref', `a@b@sha256:${'a'.repeat(64)}`)],
      ['with a generation that is an expression', put('gen', '1||1')],
      ['with a generation of 20 digits', put('gen', '1'.repeat(20))],
      ['with a generation that reads as octal', put('gen', '0100')],
      ['with a negative step', put('step', '-1')],
      ['with a port of 65536', put('hport', '65536')],
      ['with a health path on another host', put('hpath', '@169.254.169.254/')],
      ['with an unknown key', `${good}hook=x\n`],
      ['with a key twice', `${good}gen=101\n`],
      ['with a line that is none', good.replace(/^owner=.*$/m, 'owner')],
      ['with a NUL', good.replace('web', 'we\0b')],
      ['with a byte that is not ASCII', good.replace('web', 'wéb')],
      ['with a carriage return', good.replaceAll('\n', '\r\n')],
      ['without a line', good.replace(/^deadline=.*\n/m, '')],
      ['of another version', put('v', '2')],
      ['for an action that there is none of', put('op', 'reboot')],
      ['for a runtime that there is none of', put('mode', 'podman')],
      ['for a check that there is none of', put('health', 'ping')],
      [
        'with a first install for a runtime that has its own',
        `${put('mode', 'command')}install=e30=\n`,
      ],
      ['without anything', ''],
    ])('%s', (_, payload) => {
      const { result, status } = run(payload);

      expect(result).toMatchObject({ outcome: 'refused', code: 20, changed: false });
      expect(result.detail).toMatch(/^bad_payload: /);
      expect(status).toBe(20);
      expect(readdirSync(folder)).toEqual(['docker']);
    });

    it.each([
      ['not base64', '$(touch x)'],
      ['longer than 4096 characters', Buffer.alloc(3075, 'a').toString('base64')],
    ])('that is %s', (why, payload) => {
      const { line, status } = sh(['-c', SCRIPT, 'longshore-host', payload]);

      expect(parseResultLine(line)).toMatchObject({ code: 20, detail: `bad_payload: ${why}` });
      expect(status).toBe(20);
    });
  });

  it('answers one line, which names the command that it is of', () => {
    const { line, result } = run(text());

    expect(line.split('\n')).toHaveLength(2);
    expect(result).toMatchObject({
      op: 'update',
      rollout: 'shop-web-0a1b2c-g100',
      gen: 100,
      step: 1,
      cmd: '01234567-89ab-cdef-0123-456789abcdef',
      outcome: 'failed',
      code: 30,
      changed: false,
    });
  });

  it('says that the container is missing, and remembers it', () => {
    noContainers();

    const first = run(text());
    engine('exit 1');
    const again = run(text());

    expect(first.result).toMatchObject({ outcome: 'failed', code: 33, changed: false });
    expect(again.line).toBe(first.line);
  });

  describe('once a command was accepted', () => {
    beforeEach(() => {
      noContainers();
      run(text({ gen: 100, step: 5 }));
    });

    it.each([
      ['of a lower generation', { gen: 99, step: 9 }, 12],
      ['of a lower step', { gen: 100, step: 4 }, 12],
      ['of a higher step', { gen: 100, step: 6 }, 33],
      ['of a higher generation', { gen: 101, step: 1 }, 33],
      ['of another owner, however high', { gen: 999, owner: 'Staging/shop-web/shop/web' }, 14],
      ['that comes too late', { gen: 101, step: 1, deadline: nowSeconds() - 1 }, 13],
      ['that could not end in time', { gen: 101, step: 1, deadline: nowSeconds() + 500 }, 13],
    ])('answers one %s by its code: %j → %i', (_, change, code) => {
      expect(run(text(change)).result.code).toBe(code);
    });

    it('names the owner whom it serves', () => {
      const { result } = run(text({ gen: 999, owner: 'Staging/shop-web/shop/web' }));

      expect(result.detail).toBe('foreign_owner: Longshore/shop-web/shop/web');
    });

    it('is not moved by what it refuses', () => {
      run(text({ gen: 999, owner: 'Staging/shop-web/shop/web' }));
      run(text({ gen: 999, deadline: nowSeconds() - 1 }));

      expect(run(text({ gen: 100, step: 6 })).result.code).toBe(33);
    });

    it('is not moved by a probe or a status', () => {
      const { ref, auto, check, timing, ...status } = command({ gen: 500, step: 1 });
      run(formatHostCommand({ ...status, check, timing, op: 'probe' }));
      const { result } = run(formatHostCommand({ ...status, op: 'status' }));

      expect(result).toMatchObject({
        outcome: 'status',
        code: 0,
        new: '',
        fence_gen: 100,
        fence_step: 5,
        last_op: 'update',
        last_outcome: 'failed',
        last_code: 33,
      });
    });

    it('tells of no result where the last one accepted was killed before it had any', () => {
      writeFileSync(
        path.join(folder, 'state', 'web', 'fence'),
        withChecksum('v=1\nowner=Longshore/shop-web/shop/web\ngen=101\nstep=1\n'),
      );
      const { ref, auto, check, timing, ...status } = command({ gen: 101, step: 1 });

      const { result } = run(formatHostCommand({ ...status, op: 'status' }));

      expect(result).toMatchObject({ fence_gen: 101, fence_step: 1 });
      expect(result.last_outcome).toBeUndefined();
    });

    it('tells a foreign owner whom it serves, and nothing of what it remembers', () => {
      engine('case $1 in inspect) echo true false ;; *) echo 28 ;; esac');
      const { ref, auto, check, timing, ...status } = command({ owner: 'Staging/x/shop/web' });

      const { result } = run(formatHostCommand({ ...status, op: 'status' }));

      expect(result).toMatchObject({ detail: 'foreign_owner: Longshore/shop-web/shop/web' });
      expect(result.fence_gen).toBeUndefined();
      expect(result.last_outcome).toBeUndefined();
    });

    it('answers a restore by the number of an update with a refusal', () => {
      expect(run(restore({ gen: 100, step: 5 })).result).toMatchObject({
        outcome: 'refused',
        code: 20,
      });
    });

    it('touches nothing when its memory is damaged', () => {
      writeFileSync(path.join(folder, 'state', 'web', 'fence'), 'owner=x\ngen=1\n');

      expect(run(text({ gen: 101 })).result).toMatchObject({ outcome: 'failed', code: 40 });
    });
  });

  it('knows containers apart', () => {
    noContainers();
    run(text({ gen: 100 }));

    expect(run(text({ gen: 1, container: 'worker' })).result.code).toBe(33);
  });

  it('holds what it must hold within one line of 1,500 bytes', () => {
    noContainers();
    const long = { owner: `S/${'p'.repeat(290)}`, rollout: 'r'.repeat(80) };
    run(text({ ...long, gen: 100 }));

    const { line } = run(text({ gen: 101, rollout: 'r'.repeat(80) }));

    expect(line.length).toBeLessThan(1500);
    expect(parseResultLine(line)).toMatchObject({ code: 14 });
  });
});
