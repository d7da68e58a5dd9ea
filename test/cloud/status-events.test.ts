/**
 * Step Functions' events of an execution's status are best effort: late, lost, doubled, out of order. And
 * executions that nobody waits for any more are redriven all the same. Whatever comes, only what
 * DescribeExecution says of the execution that `meta` names is believed.
 */
import {
  DescribeExecutionCommand,
  RedriveExecutionCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { describe, expect, it } from 'vitest';
import { operate, updates } from './operator.ts';
import { POLICY, STACK, startCloud, type TestCloud } from './start-cloud.ts';

const STAGED = { ...POLICY, staged_batches: ['2 hosts', 1], soak_seconds: 60 };
const MINUTE_MS = 60_000;

async function start(policy: Record<string, unknown> = {}) {
  const test = await startCloud({
    hosts: 4,
    policies: [{ ...STAGED, ...policy }],
    latencyMs: () => 20,
  });
  return { test, operator: operate(test), sfn: new SFNClient(test.cloud.clientConfig()) };
}

function pass({ cloud }: TestCloud, ms: number): Promise<void> {
  return cloud.run({ untilMs: cloud.clock.nowMs() + ms });
}

function executions({ cloud }: TestCloud) {
  const arn = cloud.machines.get(`${STACK}-rollout`) ?? '';
  return cloud.stepFunctions.executions(arn);
}

/** Whether an event tells of the rollout machine's own execution, and not of a Map's child. */
function tellsOfStop(event: { source: string; detail: Record<string, unknown> }): boolean {
  const isOwn = String(event.detail['stateMachineArn']).endsWith(`${STACK}-rollout`);
  return event.source === 'aws.states' && isOwn && event.detail['status'] === 'ABORTED';
}

describe('the event of a Stop', () => {
  /** Redriven after a minute: what comes later comes after RUNNING. */
  const CASES = [
    { how: 'comes before the Redrive', delaysMs: [0], pauses: 1 },
    { how: 'comes late, before the Redrive', delaysMs: [30_000], pauses: 1 },
    { how: 'comes after the Redrive', delaysMs: [90_000], pauses: 0 },
    { how: 'comes after the end', delaysMs: [7_200_000], pauses: 0 },
    { how: 'is lost', delaysMs: [], pauses: 0 },
    { how: 'comes twice at once', delaysMs: [0, 0], pauses: 1 },
    { how: 'comes twice, the second time after the Redrive', delaysMs: [0, 90_000], pauses: 1 },
    { how: 'comes twice, both after the Redrive', delaysMs: [90_000, 95_000], pauses: 0 },
  ];

  it.each(CASES)('$how: a pause only where it stood', async ({ delaysMs, pauses }) => {
    const { test, operator } = await start();
    const { cloud, push, newest, running, watch } = test;
    // Whoever hears of the start or the Redrive looks, too, and would find the Stop by that.
    cloud.events.disturb = (event) => {
      if (tellsOfStop(event)) return delaysMs;
      return event.detail['status'] === 'RUNNING' ? [] : [0];
    };
    const v2 = push('v2');
    await operator.reach('Update hosts');
    await operator.stop(await newest());
    await pass(test, MINUTE_MS);

    await operator.redrive(await newest());
    await cloud.settle();

    const { status, log } = await newest();
    expect(status).toBe('completed');
    expect(log.filter((entry) => entry.status === 'paused')).toHaveLength(pauses);
    expect(running()).toEqual({ [v2]: 4 });
    expect(updates(test)).toEqual([1, 1, 1, 1]);
    expect(await watch.violations()).toEqual([]);
  });

  it('of the first Stop, after the second Redrive, is history', async () => {
    const { test, operator } = await start();
    const { cloud, push, newest, watch } = test;
    let stops = 0;
    cloud.events.disturb = (event) => (tellsOfStop(event) && stops++ === 0 ? [3 * MINUTE_MS] : [0]);
    push('v2');
    await operator.reach('Update hosts');
    for (const _ of ['first', 'second']) {
      await operator.stop(await newest());
      await pass(test, MINUTE_MS);
      await operator.redrive(await newest());
    }

    await cloud.settle();

    const { status, log, redrives_seen } = await newest();
    expect({ status, redrives_seen }).toEqual({ status: 'completed', redrives_seen: 2 });
    expect(log.filter((entry) => entry.status === 'paused')).toHaveLength(1);
    expect(await watch.violations()).toEqual([]);
  });

  it('is not believed where nothing was stopped', async () => {
    const { test, operator } = await start();
    const { cloud, push, newest, watch } = test;
    push('v2');
    await operator.reach('Soak');
    const { execution_arn: executionArn } = await newest();
    const stateMachineArn = cloud.machines.get(`${STACK}-rollout`) ?? '';
    const detail = { executionArn, stateMachineArn, status: 'ABORTED' };

    const answer = await cloud.invoke(`${STACK}-listen-to-executions`, { detail });
    await cloud.settle();

    expect(answer).toEqual({ reason: 'the rollout stays in_progress' });
    expect((await newest()).log.map(({ status }) => status)).not.toContain('paused');
    expect(await watch.violations()).toEqual([]);
  });
});

describe('a child of a Map', () => {
  it('that a person stops is not the rollout: its batch is opened again for it', async () => {
    const { test, operator, sfn } = await start();
    const { cloud, push, newest, running, watch } = test;
    const v2 = push('v2');
    await operator.reach('Soak');
    const [run] = cloud.stepFunctions.mapRuns((await newest()).execution_arn);
    const [child] = cloud.stepFunctions.children(String(run?.['mapRunArn']));

    const executionArn = String(child?.['executionArn']);
    await sfn.send(new StopExecutionCommand({ executionArn }));
    await cloud.settle();

    const { status, log } = await newest();
    expect(status).toBe('completed');
    expect(log.map((entry) => entry.status)).not.toContain('paused');
    expect(running()).toEqual({ [v2]: 4 });
    expect(updates(test)).toEqual([1, 1, 1, 1]);
    expect(await watch.violations()).toEqual([]);
  });

  it('tells of its end to nobody, even where its name is that of a rollout', async () => {
    const { test, operator } = await start();
    const { cloud, push, newest, watch } = test;
    push('v2');
    await operator.reach('Soak');
    const rollout = await newest();
    await operator.stop(rollout);
    cloud.events.disturb = () => [];
    const stateMachineArn = `${cloud.machines.get(`${STACK}-rollout`)}/chunks`;
    const detail = { executionArn: rollout.execution_arn, stateMachineArn, status: 'ABORTED' };

    const answer = await cloud.invoke(`${STACK}-listen-to-executions`, { detail });

    expect(answer).toEqual({ reason: 'not an execution of the rollout machine itself' });
    expect(await watch.violations()).toEqual([]);
  });
});

describe('an execution that walks no more', () => {
  it.each([
    { when: 'while the fresh one walks', passMs: 5_000 },
    { when: 'after the fresh one has ended', passMs: 4 * 3_600_000 },
  ])('is redriven $when, and ends at once', async ({ passMs }) => {
    const { test, operator, sfn } = await start();
    const { cloud, push, newest, running, watch } = test;
    const v2 = push('v2');
    await operator.reach('Update hosts');
    const old = await newest();
    await operator.stop(old);
    await pass(test, MINUTE_MS);
    await operator.tell('resume', { fresh: true });
    await pass(test, passMs);

    await sfn.send(new RedriveExecutionCommand({ executionArn: old.execution_arn }));
    await pass(test, 40 * MINUTE_MS);
    await cloud.settle();

    expect(executions(test).map(({ status }) => status)).toEqual(['SUCCEEDED', 'SUCCEEDED']);
    const { status, run, log } = await newest();
    expect({ status, run }).toEqual({ status: 'completed', run: 2 });
    expect(log.filter((entry) => entry.status === 'paused')).toHaveLength(1);
    expect(running()).toEqual({ [v2]: 4 });
    expect(updates(test)).toEqual([1, 1, 1, 1]);
    expect(await watch.violations()).toEqual([]);
  });

  it.each([
    { when: 'while the newer rollout is on its way', passMs: 5_000 },
    { when: 'after the newer rollout has ended', passMs: 4 * 3_600_000 },
  ])('because its rollout was superseded, is redriven $when, and ends', async ({ passMs }) => {
    const { test, operator } = await start();
    const { cloud, push, rollouts, newest, running, target, watch } = test;
    push('v2');
    await operator.reach('Update hosts');
    const old = await newest();
    await operator.stop(old);
    await pass(test, MINUTE_MS);
    const v3 = push('v3');
    await pass(test, passMs);
    const sends = operator.sends();

    await operator.redrive(old);
    await pass(test, 1_000);
    const sendsAfter = operator.sends();
    await cloud.settle();

    const words = cloud.ssm.commands.slice(sends, sendsAfter).map(({ comment }) => comment);
    expect(words.filter((comment) => comment.startsWith(old.rollout))).toEqual([]);
    expect((await rollouts()).map(({ status }) => status)).toEqual(['superseded', 'completed']);
    expect(running()).toEqual({ [v3]: 4 });
    expect((await target()).active).toBeUndefined();
    expect(await watch.violations()).toEqual([]);
  });
});

describe('an execution that somebody starts by hand as a copy of the one that walks', () => {
  it.each(['Update hosts', 'Soak', undefined])(
    'ends at once, and changes nothing: in "%s"',
    async (state) => {
      const { test, operator, sfn } = await start();
      const { cloud, push, newest, running, watch } = test;
      const v2 = push('v2');
      await (state === undefined ? cloud.settle() : operator.reach(state));
      const { execution_arn: executionArn } = await newest();
      const { input } = await sfn.send(new DescribeExecutionCommand({ executionArn }));
      const stateMachineArn = cloud.machines.get(`${STACK}-rollout`);

      const copy = await sfn.send(new StartExecutionCommand({ stateMachineArn, input }));
      await pass(test, 1_000);

      const told = await sfn.send(
        new DescribeExecutionCommand({ executionArn: copy.executionArn }),
      );
      await cloud.settle();
      expect(told).toMatchObject({ status: 'SUCCEEDED' });
      expect(await newest()).toMatchObject({ status: 'completed', execution_arn: executionArn });
      expect(running()).toEqual({ [v2]: 4 });
      expect(updates(test)).toEqual([1, 1, 1, 1]);
      expect(await watch.violations()).toEqual([]);
    },
  );
});

describe('a Redrive into a wait', () => {
  it.each([
    { by: 'its event', isHeard: true },
    { by: 'the sweep, where no event tells of it', isHeard: false },
  ])(
    'opens what the Stop has closed, though no step runs for hours: by $by',
    async ({ isHeard }) => {
      const { test, operator } = await start({ batch_delay_minutes: 300 });
      const { cloud, push, newest, running, watch } = test;
      cloud.events.disturb = ({ source, detail }) =>
        source === 'aws.states' && detail['status'] === 'RUNNING' && !isHeard ? [] : [0];
      const v2 = push('v2');
      await operator.reach('Wait for next batch');
      await operator.stop(await newest());
      await pass(test, MINUTE_MS);
      const stopped = await newest();

      await operator.redrive(stopped);
      await pass(test, MINUTE_MS);
      const heard = await newest();
      if (!isHeard) await cloud.invoke(`${STACK}-sweep`, {});
      const opened = await newest();
      await cloud.settle();

      expect(stopped.status).toBe('paused');
      expect(heard.status).toBe(isHeard ? 'in_progress' : 'paused');
      expect(opened).toMatchObject({ status: 'in_progress', redrives_seen: 1 });
      expect(opened.paused).toBeUndefined();
      expect((await newest()).status).toBe('completed');
      expect(running()).toEqual({ [v2]: 4 });
      expect(await watch.violations()).toEqual([]);
    },
  );
});
