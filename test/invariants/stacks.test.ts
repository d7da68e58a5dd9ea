/** Whom a watch hears where two stacks share a cloud. */
import { describe, expect, it } from 'vitest';
import { formatHostCommand } from '#core/host-command.ts';
import { LocalCloud } from '#local/local-cloud.ts';
import type { ApiCall } from '#local/wire.ts';
import { aHostCommand, NOW_MS } from '#test/core/fixtures.ts';
import type { Check } from './check.ts';
import { UPDATE } from './forge.ts';
import { stackOf } from './stack-of.ts';
import { watchChecks } from './watch-invariants.ts';

const later = async () => {};
const callerOf = (functionName: string) => ({
  ...{ functionName, requestId: 'request-1', payload: {} },
  ...{ beforeCall: async () => 1, afterCall: later },
});
const callOf = (of: Partial<ApiCall>): ApiCall => ({
  ...{ service: 'dynamodb', operation: 'Query', input: {}, atMs: NOW_MS, caller: undefined },
  ...of,
});

/** Tells of what it hears. */
const parrot: Check = {
  name: 'parrot',
  begin: ({ report }) => ({
    onCall: ({ operation }) => report(operation),
    onTransition: ({ to }) => report(to),
    onHostEvent: ({ kind }) => report(kind),
  }),
};

describe('a watch of one stack', () => {
  it('hears its own lambdas and machines, and nobody else’s', () => {
    const cloud = new LocalCloud({ seed: 1, startMs: NOW_MS, stackName: 'Longshore' });
    const watch = watchChecks(cloud, [parrot], { overdueMs: 1, skewMs: 0 }, 'Annex');
    const hear = (call: ApiCall) => cloud.wire.onCall?.(call, { output: {} });
    const move = (stack: string, to: string) =>
      cloud.onTransition?.({
        stateMachineArn: `arn:aws:states:eu-west-1:111122223333:stateMachine:${stack}-rollout`,
        executionArn: `arn:aws:states:eu-west-1:111122223333:execution:${stack}-rollout:one`,
        ...{ from: undefined, to, by: 'start' },
      });

    hear(callOf({ caller: callerOf('Annex-sweep'), operation: 'Scan' }));
    hear(callOf({ caller: callerOf('Longshore-sweep'), operation: 'PutItem' }));
    hear(callOf({ service: 'ecr', operation: 'DescribeImages' }));
    move('Annex', 'Settle');
    move('Longshore', 'Close');

    expect(watch.found.map((line) => line.replace(/^.*Z: /, ''))).toEqual([
      'Scan',
      'DescribeImages',
      'Settle',
    ]);
  });
});

describe('a watch that begins when hosts are at work', () => {
  it('hears of a host from the next command on that it has heard being sent', () => {
    const cloud = new LocalCloud({ seed: 1, startMs: NOW_MS, stackName: 'Longshore' });
    cloud.wire.apiCalls.set('SendCommand', 1);
    const watch = watchChecks(cloud, [parrot], { overdueMs: 1, skewMs: 0 }, 'Annex');
    const at = { atMs: NOW_MS, host: 'i-00000000000000001', container: 'web' };
    const mark = { owner: 'Annex/shop-web/shop/web', gen: 1, step: 1 };
    const start = () =>
      cloud.fleet.onEvent?.({ ...at, kind: 'started', digest: '', because: 'update' });
    const answer = () => {
      const answered = { kind: 'answered', op: 'update', outcome: 'refused' } as const;
      cloud.fleet.onEvent?.({ ...at, ...answered, code: 14, commandId: 'cmd-1' });
    };

    const accept = (commandId: string) =>
      cloud.fleet.onEvent?.({ ...at, kind: 'accepted', commandId, mark });
    const payload = Buffer.from(formatHostCommand(aHostCommand(UPDATE))).toString('base64');
    const input = { InstanceIds: [at.host], Parameters: { payload: [payload] } };
    const send = callOf({ service: 'ssm', operation: 'SendCommand', input });

    accept('cmd-1');
    start();
    answer();
    cloud.wire.onCall?.(send, { output: { Command: { CommandId: 'cmd-2' } } });
    accept('cmd-2');
    start();
    answer();

    expect(watch.found.map((line) => line.replace(/^.*Z: /, ''))).toEqual([
      'SendCommand',
      'accepted',
      'started',
      'answered',
    ]);
  });
});

describe('whose a call is', () => {
  it.each<[Partial<ApiCall>, string | undefined]>([
    [{ caller: callerOf('Annex-sweep'), input: { TableName: 'Longshore-hosts' } }, 'Annex'],
    [{ input: { TableName: 'Annex-policies' } }, 'Annex'],
    [{ input: { stateMachineArn: 'arn:aws:states:r:1:stateMachine:Annex-control' } }, 'Annex'],
    [{ input: { executionArn: 'arn:aws:states:r:1:execution:Annex-rollout:x' } }, 'Annex'],
    [{ input: { repositoryName: 'shop/web' } }, undefined],
  ])('is told by its caller, or by what it names: %j', (call, stack) => {
    expect(stackOf(callOf(call))).toBe(stack);
  });
});
