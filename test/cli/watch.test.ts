/** Watching a rollout: what is shown, how often the cloud is asked, and what a script is told. */
import { describe, expect, it } from 'vitest';
import { operate } from '#test/cloud/operator.ts';
import { POLICY, type Start, startCloud, type TestCloud } from '#test/cloud/start-cloud.ts';
import { type RunOptions, run } from './rig.ts';

const STAGED = { ...POLICY, staged_batches: ['2 hosts', 1], batch_delay_minutes: 5 };
const TTY = { isTTY: true, columns: 100, rows: 40 };

function start(policy: Record<string, unknown> = {}, options: Start = {}): Promise<TestCloud> {
  return startCloud({ hosts: 5, policies: [{ ...STAGED, ...policy }], ...options });
}

async function begin(policy: Record<string, unknown> = {}, options: Start = {}) {
  const test = await start(policy, options);
  test.push('v2');
  await operate(test).reachCommands(1);
  return test;
}

async function held() {
  const test = await start({ on_threshold: 'hold' });
  const bad = test.push('v2', true);
  await operate(test).reach('Hold for operator');
  return { test, bad };
}

/** Time passes between two looks; after so many of them somebody does something. */
function meanwhile({ cloud }: TestCloud, doings: Readonly<Record<number, () => Promise<unknown>>>) {
  let looks = 0;
  return async (ms: number) => {
    looks += 1;
    await cloud.run({ untilMs: cloud.clock.nowMs() + ms });
    await doings[looks]?.();
  };
}

function watch({ cloud }: TestCloud, args: string, options: RunOptions = {}) {
  return run(`watch ${args}`, { cloud, ...options });
}

describe('longshore watch', () => {
  it('tells each thing once, a line each, through a pause and its end, and ends with 0', async () => {
    const test = await begin();
    const { cloud } = test;
    const sleep = meanwhile(test, {
      20: () => run('pause shop-web --reason "the database is slow"', { cloud }),
      30: () => run('resume shop-web --reason "it is well"', { cloud }),
    });

    const { code, out, err } = await watch(test, 'shop-web', { sleep });

    expect([code, err]).toEqual([0, '']);
    const words = out.replaceAll(/^\d{4}-\d\d-\d\dT[\d:]{8}Z {2}/gm, '').split('\n');
    expect(words).toEqual([
      'shop-web #1  pending: v2 is new for shop-web',
      'shop-web #1  in_progress: v2 goes to 5 hosts',
      'shop-web #1  batch 1 of 2 opens: 2 hosts',
      'shop-web #1  batch 1 of 2: 2 updating',
      'shop-web #1  batch 1: 2 of 2 hosts are healthy',
      'shop-web #1  batch 1 of 2: 2 healthy',
      'shop-web #1  paused: the database is slow',
      'shop-web #1  in_progress: it is well',
      'shop-web #1  batch 2 of 2 opens: 3 hosts',
      'shop-web #1  batch 2 of 2: 3 updating',
      'shop-web #1  batch 2: 3 of 3 hosts are healthy',
      'shop-web #1  completed: v2 went through every batch',
      'shop-web #1 is completed: v2 went through every batch',
      '',
    ]);
  });

  it('draws in place on a terminal, and never more lines than it has', async () => {
    const test = await begin();
    const pictures: string[] = [];

    const { code } = await watch(test, 'shop-web', {
      tty: { ...TTY, rows: 6 },
      onOut: (text) => void pictures.push(text),
    });

    expect(code).toBe(0);
    const [first = '', second = '', last = ''] = [pictures[0], pictures[1], pictures.at(-1)];
    expect(first).toMatch(/^shop-web #1 {2}v1 → v2 {2}in_progress/);
    expect(second.startsWith('\u001b[5A\u001b[J')).toBe(true);
    expect(second.split('\n')).toHaveLength(6);
    expect(last).toContain('  v2 went through every batch\n');
    expect(last).toContain('longshore rollback shop-web#1');
  });

  it('asks for the rollout and for the batch that is open, and for nothing that is over', async () => {
    const test = await begin({ staged_batches: ['60 hosts', '120 hosts', 1] }, { hosts: 180 });
    const { cloud } = test;
    await operate(test).reach('Wait for next batch');
    const asked: string[] = [];
    const looks: number[] = [];
    cloud.wire.onCall = ({ operation, input }) => {
      if (['GetItem', 'Query', 'BatchGetItem'].includes(operation))
        asked.push(JSON.stringify(input));
    };
    const sleep = async () => {
      looks.push(asked.length);
    };

    const ending = watch(test, 'shop-web --until held', {
      sleep: async () => {
        await sleep();
        if (looks.length === 4) await run('pause shop-web', { cloud });
        if (looks.length > 4) await cloud.settle();
      },
    });
    await ending;

    // Of the name: one Query of keys, one BatchGetItem. Of a look: one GetItem, one Query.
    expect(looks.slice(0, 4)).toEqual([4, 6, 8, 10]);
    expect(asked[3]).toContain('"chunk#"');
    expect(asked[5]).toContain('"chunk#000#"');
  });

  it('looks less often where a look takes several calls', async () => {
    const waits: number[] = [];
    const test = await begin({ staged_batches: [1] }, { hosts: 2_600 });
    await operate(test).reachCommands(52);

    await watch(test, 'shop-web --interval 10', {
      sleep: async (ms) => {
        waits.push(ms);
        await test.cloud.settle();
      },
    });

    expect(waits).toEqual([20_000]);
  });

  it('gives programs a line for each entry of the log, and the end last', async () => {
    const test = await begin();

    const { code, out } = await watch(test, 'shop-web --json');

    const lines = out
      .trim()
      .split('\n')
      .map((text) => JSON.parse(text));
    expect(code).toBe(0);
    expect(lines.slice(0, -1)).toMatchObject(
      (await test.newest()).log.map(({ seq, why }) => ({ seq, why })),
    );
    expect(lines.at(-1)).toMatchObject({
      exit_code: 0,
      status: 'completed',
      rollout: { new_tag: 'v2' },
    });
  });
});

describe('a script that watches', () => {
  it.each([
    ['completed', {}, false, 0],
    ['rolled_back', { on_threshold: 'rollback' }, true, 1],
  ])('is told of a rollout that is %s', async (status, policy, isBad, code) => {
    const test = await start(policy);
    test.push('v2', isBad);
    await operate(test).reachCommands(1);

    const ended = await watch(test, 'shop-web --until done');

    expect(ended.code).toBe(code);
    expect(ended.out).toContain(`shop-web #1 is ${status}: `);
  });

  it.each([
    ['', 10],
    ['--patience 30', 30],
  ])('is told with 3 that a person is awaited: %s', async (args, minutes) => {
    const { test } = await held();
    const { hold } = await test.newest();

    const { code, out } = await watch(test, `shop-web --until done ${args}`);

    expect(code).toBe(3);
    expect(out.replaceAll('\n', ' ')).toMatch(
      new RegExp(
        `is held: .*retry-failed tries them again.*; nobody answered in ${minutes} minutes`,
      ),
    );
    const waited = test.cloud.clock.nowMs() - (hold?.since_ms ?? 0);
    expect(waited).toBeGreaterThanOrEqual(minutes * 60_000);
    expect(waited).toBeLessThan((minutes + 1) * 60_000);
  });

  it('says on a terminal too that nobody answered', async () => {
    const test = await start({ update_strategy: 'manual' });
    await test.roll('v2');

    const { code, out } = await watch(test, 'shop-web --until judged --interval 300', { tty: TTY });

    expect(code).toBe(3);
    expect(out).toContain('  5 hosts in 2 batches await an approval until ');
    expect(out).toMatch(/nobody\s+answered in 10 minutes/);
  });

  it('goes on past a hold that a person answers in time', async () => {
    const { test, bad } = await held();
    test.cloud.fleet.images.set(bad, {});
    const sleep = meanwhile(test, { 3: () => run('retry-failed shop-web', { cloud: test.cloud }) });

    expect((await watch(test, 'shop-web --until done', { sleep })).code).toBe(0);
  });

  it.each([
    ['the batch that is open', 1],
    ['the next one, where one is judged already', 2],
  ])('may wait for the verdict on %s', async (_, batch) => {
    const test = await begin({ staged_batches: ['1 host', '2 hosts', 1] });
    if (batch === 2) await operate(test).reach('Wait for next batch');

    const { code, out } = await watch(test, 'shop-web --until judged');

    expect([code, out.split('\n').at(-2)]).toEqual([0, `shop-web #1: batch ${batch} is judged`]);
    expect((await test.newest()).status).toBe('in_progress');
  });

  it.each([
    [true, 0],
    [false, 1],
  ])('may wait for a hold: %s', async (isBad, code) => {
    const test = await start({ on_threshold: 'hold' });
    test.push('v2', isBad);
    await operate(test).reachCommands(1);

    expect((await watch(test, 'shop-web --until held')).code).toBe(code);
  });

  it('may come before its rollout', async () => {
    const test = await start();
    const sleep = meanwhile(test, { 2: async () => void test.push('v2') });

    const { code, out } = await watch(test, 'shop-web --image v2 --until done', { sleep });

    expect([code, out]).toEqual([0, expect.stringContaining('shop-web #1 is completed')]);
  });

  it('does not wait for ever for a rollout that does not begin', async () => {
    const test = await start();

    const { code, out, err } = await watch(test, 'shop-web --image v9 --patience 2');

    expect([code, out]).toEqual([1, '']);
    expect(err).toBe(
      'no rollout of shop-web to v9 has begun in 2 minutes; longshore policy plan says what would be decided\n',
    );
  });

  it('watches the only rollout that is under way where it names none', async () => {
    const test = await begin();

    expect((await watch(test, '')).out).toContain('shop-web #1 is completed');
    expect(await watch(test, '')).toMatchObject({
      code: 2,
      err: expect.stringContaining('no rollout is under way'),
    });
  });

  it.each([
    ['shop-web --until gone', /Allowed choices are done, judged, held/],
    ['shop-web --interval 0', /Give a whole number from 1 to 99999/],
    ['shop-web#1 --image v2', /--image goes with a policy/],
    ['--image v2', /--image goes with a policy/],
  ])('is told what is wrong with "%s"', async (args, words) => {
    const { code, err } = await watch(await start(), args);

    expect([code, err]).toEqual([2, expect.stringMatching(words)]);
  });
});
