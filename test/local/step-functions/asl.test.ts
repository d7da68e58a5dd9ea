import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { main } from '#local/asl.ts';

/** A placeholder as the definitions have it. */
const hole = (name: string) => `\${${name}}`;

const task = (fields: object = {}) => ({
  Type: 'Task',
  Resource: hole('WorkFunctionArn'),
  ...fields,
});

const waitingBranch = (name: string) => ({
  StartAt: name,
  States: {
    [name]: task({
      Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
      Arguments: { FunctionName: hole('WaitFunctionArn') },
      End: true,
    }),
  },
});

const FILES: Record<string, unknown> = {
  'two.asl.json': {
    QueryLanguage: 'JSONata',
    StartAt: 'First',
    States: {
      First: task({ TimeoutSeconds: 60, Next: 'Second' }),
      Second: task({
        Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
        Arguments: {
          FunctionName: hole('WaitFunctionArn'),
          Payload: '{% $states.context.Task.Token %}',
        },
        Catch: [{ ErrorEquals: ['Caught'], Next: 'Done' }],
        End: true,
      }),
      Done: { Type: 'Succeed', Output: 'caught' },
    },
  },
  'both.asl.json': {
    QueryLanguage: 'JSONata',
    StartAt: 'Both',
    States: {
      Both: { Type: 'Parallel', Branches: ['A', 'B'].map(waitingBranch), End: true },
    },
  },
  'parent.asl.json': {
    QueryLanguage: 'JSONata',
    StartAt: 'Update batch',
    States: {
      'Update batch': {
        Type: 'Map',
        Items: [1, 2],
        MaxConcurrency: 1,
        Label: 'chunks',
        ToleratedFailurePercentage: 100,
        ItemProcessor: hole('ChunkOfHostsItemProcessor'),
        End: true,
      },
    },
  },
  'chunk-of-hosts.asl.json': {
    QueryLanguage: 'JSONata',
    TimeoutSeconds: 900,
    StartAt: 'Work',
    States: { Work: task({ End: true }) },
  },
  'orphan.asl.json': {
    StartAt: 'M',
    States: { M: { Type: 'Map', ItemProcessor: hole('GoneItemProcessor'), End: true } },
  },
  'typo.asl.json': { StartAt: 'S', States: { S: { Type: 'Pass', Ende: true } } },
  'fails.asl.json': { StartAt: 'F', States: { F: { Type: 'Fail', Error: 'Bad', Cause: 'so' } } },
  'object.json': { ok: 1 },
  'words.json': [{ ok: 1 }, { okay: 2 }],
};

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'asl-'));
  for (const [name, content] of Object.entries(FILES)) {
    writeFileSync(join(folder, name), JSON.stringify(content));
  }
  writeFileSync(join(folder, 'broken.json'), '[{"ok": 1},]');
});
afterAll(() => rmSync(folder, { recursive: true }));

async function asl(file: string, results?: unknown[], ...more: string[]) {
  const args = file === '' ? [] : [join(folder, file)];
  if (results) {
    writeFileSync(join(folder, 'results.json'), JSON.stringify(results));
    args.push('--results', join(folder, 'results.json'));
  }
  let out = '';
  let err = '';
  const code = await main([...args, ...more], {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
  });
  return { code, err, out, report: out.startsWith('{') ? JSON.parse(out) : undefined };
}

const types = (report: { history: { type: string }[] }) => report.history.map(({ type }) => type);

describe('asl', () => {
  it('answers tasks in order, with tokens and without, and prints the history', async () => {
    const { code, err, report } = await asl('two.asl.json', [{ ok: 1 }, { ok: { n: 2 } }]);

    expect([code, err]).toEqual([0, '']);
    expect(report).toMatchObject({ status: 'SUCCEEDED', output: { n: 2 }, children: [] });
    expect(types(report).slice(6)).toEqual([
      'TaskStateEntered',
      'TaskScheduled',
      'TaskStarted',
      'TaskSubmitted',
      'TaskSucceeded',
      'TaskStateExited',
      'ExecutionSucceeded',
    ]);
    expect(report.history[0].timestamp).toBe('2026-01-01T00:00:00.000Z');
  });

  it('fails a task by its token, and goes on where that is caught', async () => {
    const { report } = await asl('two.asl.json', [{ ok: 1 }, { error: 'Caught', cause: 'why' }]);

    expect(report).toMatchObject({ status: 'SUCCEEDED', output: 'caught' });
    expect(types(report)).toContain('TaskFailed');
  });

  it('leaves a token alone whose task was stopped by the failure of another', async () => {
    const { code, err, report } = await asl('both.asl.json', [{ error: 'Bad' }, { ok: 1 }]);

    expect([code, err]).toEqual([1, '']);
    expect(report).toMatchObject({ status: 'FAILED', error: 'Bad' });
  });

  it.each([
    ['that has a timeout, after it', [{ timeout: true }], '2026-01-01T00:01:00.000Z'],
    ['that has none, at once', [{ ok: 1 }, { timeout: true }], '2026-01-01T00:00:00.000Z'],
  ])('times out a task %s', async (_, results, at) => {
    const { code, report } = await asl('two.asl.json', results);

    expect(code).toBe(1);
    expect(report).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
    expect(report.history.at(-2)).toMatchObject({
      type: expect.stringContaining('TimedOut'),
      timestamp: at,
    });
  });

  it('splices the machine beside it into a Map, and prints its executions apart', async () => {
    const results = [{ ok: 'a' }, { error: 'Bad', cause: 'so' }];

    const { code, report } = await asl('parent.asl.json', results);

    expect(code).toBe(0);
    expect(report).toMatchObject({
      output: ['a'],
      children: [
        {
          executionArn: expect.stringContaining(':machine/chunks:'),
          status: 'SUCCEEDED',
          output: 'a',
        },
        { status: 'FAILED', error: 'Bad', cause: 'so' },
      ],
    });
    expect(types(report)).not.toContain('TaskStateEntered');
    expect(types(report.children[0])).toContain('TaskStateEntered');
  });

  it('ends with 1 where the machine fails', async () => {
    const { code, err, report } = await asl('fails.asl.json');

    expect([code, err]).toEqual([1, '']);
    expect(report).toMatchObject({ status: 'FAILED', error: 'Bad', cause: 'so' });
  });

  it('takes an input and an instant', async () => {
    const more = ['--input', '{"n":5}', '--start', '2030-05-05T05:05:05Z'];

    const { report } = await asl('two.asl.json', [{ ok: 1 }, { ok: 2 }], ...more);

    expect(report.history[0]).toMatchObject({
      timestamp: '2030-05-05T05:05:05.000Z',
      executionStartedEventDetails: { input: '{"n":5}' },
    });
  });

  it('mentions results that were not used', async () => {
    const { code, err } = await asl('two.asl.json', [{ ok: 1 }, { ok: 2 }, { ok: 3 }, { ok: 4 }]);

    expect([code, err]).toEqual([0, 'asl: 2 of the 4 results were not used.\n']);
  });

  it('shows with --help what it takes', async () => {
    const { code, out } = await asl('', undefined, '--help');

    expect(code).toBe(0);
    for (const part of [
      '--input',
      '--results',
      '--start',
      '{"timeout": true}',
      'Examples:',
      'Exit codes:',
    ]) {
      expect(out).toContain(part);
    }
  });

  it('gives the same report each time', async () => {
    const results = [{ ok: 'a' }, { ok: 'b' }];

    expect((await asl('parent.asl.json', results)).out).toBe(
      (await asl('parent.asl.json', results)).out,
    );
  });
});

describe('bad input ends with 2 and says what is wrong and how to mend it', () => {
  it.each<[string, Parameters<typeof asl>, RegExp]>([
    ['no file', [''], /missing required argument 'file'[\s\S]*--help/],
    [
      'a file that is not there',
      ['nope.asl.json'],
      /cannot read the machine, .*nope.asl.json: there is no such file. Give an ASL file/,
    ],
    ['a folder', ['.'], /cannot read the machine.*EISDIR/],
    ['a file that is not JSON', ['broken.json'], /broken.json is not JSON: .*Give an ASL file/],
    [
      'a machine that is refused',
      ['typo.asl.json'],
      /typo.asl.json: Invalid State Machine Definition: .*'Ende' is not supported at \/States\/S/,
    ],
    [
      'a processor that is not there',
      ['orphan.asl.json'],
      /the machine for \$\{GoneItemProcessor\}.*gone.asl.json.*Put it beside/,
    ],
    [
      'an input that is not JSON',
      ['two.asl.json', undefined, '--input', '{n:1}'],
      /--input is not JSON.*Quote it for the shell/,
    ],
    [
      'a start that is no instant',
      ['two.asl.json', undefined, '--start', 'noon'],
      /--start 'noon' is no instant. Write it like/,
    ],
    [
      'an unknown option',
      ['two.asl.json', undefined, '--resluts', 'x'],
      /unknown option '--resluts'/,
    ],
    [
      'no results',
      ['two.asl.json'],
      /the state 'First' called its task.*No --results were given; add one for call 1/,
    ],
    [
      'too few results',
      ['two.asl.json', [{ ok: 1 }]],
      /the state 'Second' called.*lists 1; add one for call 2/,
    ],
    [
      'an answer of another shape',
      ['two.asl.json', [{ ok: 1 }, { okay: 2 }]],
      /result 2: \{"okay":2\} is neither \{"ok": …\}/,
    ],
    [
      'an answer that is two things',
      ['two.asl.json', [{ ok: 1, error: 'x' }]],
      /result 1: .* is neither/,
    ],
    ['an answer without a value', ['two.asl.json', [{}]], /result 1: \{\} is neither/],
    ['an empty error', ['two.asl.json', [{ error: '' }]], /result 1: .* is neither/],
  ])('%s', async (_, args, message) => {
    const { code, err, out } = await asl(...args);

    expect(code).toBe(2);
    expect(err).toMatch(message);
    expect(err).toMatch(/^asl: /);
    expect(out).toBe('');
  });

  it.each([
    ['nope.json', /cannot read the results, .*nope.json: there is no such file. Give a JSON list/],
    ['broken.json', /broken.json is not JSON: .*Give a JSON list/],
    ['object.json', /object.json holds no list. Give a JSON list/],
    ['words.json', /words.json, result 2: \{"okay":2\}/],
  ])('results in %s', async (name, message) => {
    const { code, err } = await asl('two.asl.json', undefined, '--results', join(folder, name));

    expect(code).toBe(2);
    expect(err).toMatch(message);
  });
});

it('runs from the command line, with the report alone on standard output', async () => {
  const script = fileURLToPath(new URL('../../../local/asl.ts', import.meta.url));
  const run = promisify(execFile)(process.execPath, [script, join(folder, 'fails.asl.json')]);

  await expect(run).rejects.toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/^\{\n {2}"executionArn"/),
  });
});
