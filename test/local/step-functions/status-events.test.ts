import { describe, expect, it } from 'vitest';
import { MACHINE, Rig, START_MS } from './rig.ts';

const one = (state: object) => ({ StartAt: 'S', States: { S: state } });
const told = (rig: Rig) =>
  rig.changes.map(({ detail }) => [detail['status'], detail['redriveCount']]);

describe('the events of an execution', () => {
  it('are RUNNING and how it ended', async () => {
    const rig = new Rig(one({ Type: 'Wait', Seconds: 2, Output: { b: 2 }, End: true }));

    const run = await rig.run({ a: 1 });

    const both = {
      executionArn: run,
      stateMachineArn: MACHINE,
      name: 'run',
      startDate: START_MS,
      input: '{"a":1}',
      inputDetails: { included: true },
      stateMachineVersionArn: null,
      stateMachineAliasArn: null,
      redriveCount: 0,
      redriveDate: null,
      redriveStatus: 'NOT_REDRIVABLE',
      error: null,
      cause: null,
    };
    expect(rig.changes).toEqual([
      {
        detailType: 'Step Functions Execution Status Change',
        resources: [run],
        detail: {
          ...both,
          status: 'RUNNING',
          stopDate: null,
          output: null,
          outputDetails: null,
          redriveStatusReason: 'Execution is RUNNING and cannot be redriven',
        },
      },
      {
        detailType: 'Step Functions Execution Status Change',
        resources: [run],
        detail: {
          ...both,
          status: 'SUCCEEDED',
          stopDate: START_MS + 2_000,
          output: '{"b":2}',
          outputDetails: { included: true },
          redriveStatusReason: 'Execution is SUCCEEDED and cannot be redriven',
        },
      },
    ]);
  });

  it('carry error and cause', async () => {
    const rig = new Rig(one({ Type: 'Fail', Error: 'Bad', Cause: 'so' }));

    await rig.run();

    expect(rig.changes.at(-1)?.detail).toMatchObject({
      status: 'FAILED',
      error: 'Bad',
      cause: 'so',
      redriveStatus: 'REDRIVABLE',
      redriveStatusReason: null,
    });
  });

  it('say of an aborted one what the samples say, and not what DescribeExecution says', async () => {
    const rig = new Rig(one({ Type: 'Wait', Seconds: 60, End: true }));
    const run = await rig.run({}, 1_000);
    await rig.stop(run);

    expect(rig.changes.at(-1)?.detail).toMatchObject({
      status: 'ABORTED',
      redriveStatus: 'NOT_REDRIVABLE',
    });
    expect(await rig.describe(run)).toMatchObject({ redriveStatus: 'REDRIVABLE' });
  });

  it('tell of a redrive', async () => {
    const rig = new Rig({ TimeoutSeconds: 5, ...one({ Type: 'Wait', Seconds: 60, End: true }) });
    const run = await rig.run();

    await rig.redrive(run);

    expect(told(rig)).toEqual([
      ['RUNNING', 0],
      ['TIMED_OUT', 0],
      ['RUNNING', 1],
      ['TIMED_OUT', 1],
    ]);
    expect(rig.changes[2]?.detail).toMatchObject({ redriveDate: START_MS + 5_000, stopDate: null });
  });

  it('tell of the children of a Map Run too', async () => {
    const rig = new Rig(
      one({
        Type: 'Map',
        Items: [1],
        Label: 'chunks',
        ItemProcessor: {
          ProcessorConfig: { Mode: 'DISTRIBUTED' },
          StartAt: 'W',
          States: { W: { Type: 'Wait', Seconds: 60, End: true } },
        },
        End: true,
      }),
    );
    const run = await rig.run({}, 1_000);
    await rig.stop(run);

    expect(rig.changes.map(({ detail }) => [detail['stateMachineArn'], detail['status']])).toEqual([
      [MACHINE, 'RUNNING'],
      [`${MACHINE}/chunks`, 'RUNNING'],
      [`${MACHINE}/chunks`, 'ABORTED'],
      [MACHINE, 'ABORTED'],
    ]);
  });

  it('leave out input and output that are too large together', async () => {
    const rig = new Rig(one({ Type: 'Pass', Output: '{% $states.input %}', End: true }));

    await rig.run('x'.repeat(127_000));

    expect(rig.changes.map(({ detail }) => detail['inputDetails'])).toEqual([
      { included: true },
      { included: false },
    ]);
    expect(rig.changes[1]?.detail).toMatchObject({
      input: null,
      output: null,
      outputDetails: { included: false },
    });
  });
});
