import { describe, expect, it } from 'vitest';
import { wireStack } from '#local/cloud.ts';
import { cloudOf, functionResource, handlerOf, inFiber, START_MS } from '../cloud-rig.ts';

const arnOf = (id: string) => ({ 'Fn::GetAtt': [id, 'Arn'] });
const MINUTE_MS = 60_000;

const watch = {
  Rule: {
    Type: 'AWS::Events::Rule',
    Properties: {
      ScheduleExpression: 'rate(5 minutes)',
      Targets: [{ Id: 'w', Arn: arnOf('Work') }],
    },
  },
};
const second = {
  seed: 2,
  stackName: 'annex',
  handlers: { work: handlerOf((_, { env }) => env['AWS_LAMBDA_FUNCTION_NAME']) },
  template: {
    Resources: {
      Work: { ...functionResource('work', { FunctionName: 'annex-work' }) },
      Queue: { Type: 'AWS::SQS::Queue' },
      ...watch,
    },
  },
};

describe('a second stack', () => {
  it('has its own things in the same cloud, unnamed ones by its own name', async () => {
    const cloud = await cloudOf(
      { Work: functionResource('work'), Queue: { Type: 'AWS::SQS::Queue' } },
      second.handlers,
    );

    await inFiber(cloud, async () => (await wireStack(cloud, second))());

    const names = [await cloud.invoke('longshore-work', {}), await cloud.invoke('annex-work', {})];
    expect(names).toEqual(['longshore-work', 'annex-work']);
    for (const queue of ['longshore-Queue', 'annex-Queue']) {
      const { accountId, region } = cloud.account;
      expect(cloud.sqs.find(`arn:aws:sqs:${region}:${accountId}:${queue}`)).toBeDefined();
    }
  });

  it('has schedules that rest with the others where it comes while they do', async () => {
    const cloud = await cloudOf({});
    cloud.clock.schedule(START_MS + MINUTE_MS, async () => {
      await (await wireStack(cloud, second))();
    });

    await cloud.settle();
    const during = cloud.functions.invocations('annex-work');
    await cloud.run({ untilMs: cloud.clock.nowMs() + 11 * MINUTE_MS });

    expect([during, cloud.functions.invocations('annex-work')]).toEqual([0, 2]);
  });
});

describe('the clock of a lambda', () => {
  it('is its sandbox’s own, and the same in it from one invocation to the next', async () => {
    const cloud = await cloudOf(
      { Work: functionResource('work') },
      {
        work: handlerOf(async (event, { nowMs }) => {
          const atMs = nowMs() - cloud.clock.nowMs();
          if (event === 'slow') await cloud.clock.sleep(1_000);
          return atMs;
        }),
      },
      { lambdaAheadMs: (name, sandbox) => (name === 'longshore-work' ? 500 - 700 * sandbox : 0) },
    );

    const both = await inFiber(cloud, () =>
      Promise.all(['slow', 'slow'].map((event) => cloud.functions.invoke('longshore-work', event))),
    );
    const third = await cloud.invoke('longshore-work', 'quick');

    expect(both).toEqual([500, -200]);
    expect(both).toContain(third);
  });
});
