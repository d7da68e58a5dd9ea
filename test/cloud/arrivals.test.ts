/**
 * An image need not be pushed to arrive: it may be replicated from another registry, or come through the
 * cache of an upstream one. Each arrival rolls out once, however many events tell of it.
 */
import { describe, expect, it } from 'vitest';
import type { Arrival } from '#local/ecr/arrival-event.ts';
import type { CloudEvent } from '#local/events/cloud-event.ts';
import { POLICY, REPOSITORY, STACK, startCloud } from './start-cloud.ts';

const SMALL = { ...POLICY, staged_batches: [1] };
const start = () => startCloud({ hosts: 4, policies: [SMALL] });

const ARRIVALS: { arrival: Arrival; type: string }[] = [
  {
    arrival: { kind: 'replication', account: '999999999999', region: 'us-west-2' },
    type: 'ECR Replication Action',
  },
  {
    arrival: { kind: 'cache', upstream: 'registry-1.docker.io' },
    type: 'ECR Pull Through Cache Action',
  },
];

describe.each(ARRIVALS)('an image that comes by $arrival.kind', ({ arrival, type }) => {
  it('rolls out, and only its index does', async () => {
    const { cloud, newest, rollouts, running, watch } = await start();
    const events: CloudEvent[] = [];
    cloud.events.disturb = (event) => {
      if (event.source === 'aws.ecr') events.push(event);
      return [0];
    };

    const platforms = ['linux/amd64', 'linux/arm64'];
    const index = cloud.ecr.push(REPOSITORY, { tag: 'v2', platforms, arrival });
    await cloud.settle();

    expect(events.map(({ 'detail-type': of, detail }) => [of, detail['image-tag']])).toEqual([
      [type, ''],
      [type, ''],
      [type, 'v2'],
    ]);
    expect(cloud.functions.invocations(`${STACK}-consider-image`)).toBeGreaterThan(0);
    expect(await rollouts()).toHaveLength(1);
    expect(await newest()).toMatchObject({ status: 'completed', triggered_by: 'ecr' });
    expect(running()).toEqual({ [index]: 4 });
    expect(await watch.violations()).toEqual([]);
  });

  it('rolls out once where a push tells of the same digest, and another tag does', async () => {
    const { cloud, rollouts, running, reasons, watch } = await start();

    const v2 = cloud.ecr.push(REPOSITORY, { tag: 'v2', arrival });
    cloud.ecr.push(REPOSITORY, { tag: 'latest', digest: v2 });
    cloud.ecr.push(REPOSITORY, { tag: 'stable', digest: v2, arrival });
    await cloud.settle();

    expect(await rollouts()).toHaveLength(1);
    expect(running()).toEqual({ [v2]: 4 });
    expect(reasons('image considered')).toContainEqual(
      expect.stringMatching(/^shop\/web:\S+ was seen already$/),
    );
    expect(await watch.violations()).toEqual([]);
  });

  it('starts nothing where it has failed', async () => {
    const { cloud, v1, rollouts, running, reasons, watch } = await start();
    const events: CloudEvent[] = [];
    cloud.events.disturb = (event) => {
      events.push(event);
      return [];
    };
    cloud.ecr.push(REPOSITORY, { tag: 'v2', arrival });
    cloud.events.disturb = undefined;
    const [event] = events;
    const failed = { ...event?.detail, result: 'FAILED', 'sync-status': 'FAILED' };

    cloud.events.deliver({ ...(event as CloudEvent), detail: failed });
    cloud.sqs.find(`${STACK}-images`)?.send(JSON.stringify({ ...event, detail: failed }));
    await cloud.settle();

    expect(reasons('message ignored')).toEqual([expect.stringMatching(/FAILED is no finished/)]);
    expect(await rollouts()).toEqual([]);
    expect(running()).toEqual({ [v1]: 4 });
    expect(await watch.violations()).toEqual([]);
  });
});
