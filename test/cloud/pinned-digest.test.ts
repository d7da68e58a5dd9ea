/**
 * A policy that pins a digest wants this one, whatever tags say: a rollback by Git. What was denied stays
 * denied until a person lifts that by name.
 */
import { describe, expect, it } from 'vitest';
import { writeTarget } from '#aws/rollout-store.ts';
import { operate } from './operator.ts';
import { POLICY, REPOSITORY, STACK, startCloud, type TestCloud } from './start-cloud.ts';

const SMALL = { ...POLICY, staged_batches: [1] };

/** Deploys the policy with these fields, as `cdk deploy` does after a change in Git. */
async function deploy({ cloud }: TestCloud, fields: Record<string, unknown>): Promise<void> {
  const policies = JSON.stringify([{ ...SMALL, ...fields }]);
  await cloud.invoke(`${STACK}-apply-policies`, {
    RequestType: 'Update',
    ResourceProperties: { policies },
  });
}

async function lift({ store, target, cloud }: TestCloud, digest: string): Promise<void> {
  const asked = { digest, by: 'ada', why: 'it is mended', at_ms: cloud.clock.nowMs() };
  await writeTarget(store, { ...(await target()), lift: asked });
}

const start = () => startCloud({ hosts: 4, policies: [SMALL] });

describe('a pin', () => {
  it('rolls an older digest out, holds it against pushes, and gives way when it is removed', async () => {
    const test = await start();
    const { cloud, v1, roll, newest, rollouts, running, reasons, watch } = test;
    await roll('v2');

    await deploy(test, { pinned_digest: v1 });
    await cloud.settle();
    const pinned = running();
    const v3 = await roll('v3');
    await cloud.invoke(`${STACK}-sweep`, {});
    await cloud.settle();
    const held = [running(), await rollouts()] as const;
    const lastReason = reasons('image considered').at(-1);
    await deploy(test, {});
    await cloud.settle();

    expect(pinned).toEqual({ [v1]: 4 });
    expect(held[0]).toEqual({ [v1]: 4 });
    expect(held[1].at(-1)).toMatchObject({ number: 2, triggered_by: 'manual' });
    expect(held[1].at(-1)?.log[0]?.why).toBe('shop-web pins v1');
    expect(lastReason).toBe('shop/web:v1, which is pinned, was seen already');
    expect(await newest()).toMatchObject({ number: 3, image: { digest: v3 } });
    expect(running()).toEqual({ [v3]: 4 });
    expect(await watch.violations()).toEqual([]);
  });

  it('of a digest without a tag rolls out', async () => {
    const test = await start();
    const { cloud, v1, roll, newest, running, watch } = test;
    await roll('v2');
    cloud.ecr.deleteTag(REPOSITORY, 'v1');

    await deploy(test, { pinned_digest: v1 });
    await cloud.settle();

    expect(await newest()).toMatchObject({
      status: 'completed',
      image: { tag: `sha256-${v1.slice(7, 19)}`, digest: v1 },
    });
    expect(running()).toEqual({ [v1]: 4 });
    expect(await watch.violations()).toEqual([]);
  });

  it('of a digest that the registry does not hold starts nothing, until it arrives', async () => {
    const test = await start();
    const { cloud, v1, roll, newest, rollouts, running, reasons, watch } = test;
    const later = `sha256:${'9'.repeat(64)}`;

    await deploy(test, { pinned_digest: later });
    await roll('v2');
    const early = [running(), await rollouts()];
    cloud.ecr.push(REPOSITORY, { tag: 'v3', digest: later });
    await cloud.settle();

    expect(early).toEqual([{ [v1]: 4 }, []]);
    expect(reasons('no image is chosen').at(-1)).toBe(
      `the registry does not hold ${later}, which is pinned`,
    );
    expect(await newest()).toMatchObject({ status: 'completed', image: { digest: later } });
    expect(running()).toEqual({ [later]: 4 });
    expect(await watch.violations()).toEqual([]);
  });

  it('moves on with another pin, and takes over from the rollout under way', async () => {
    const test = await start();
    const { cloud, v1, push, rollouts, running, watch } = test;
    const operator = operate(test);
    push('v2');
    await operator.reachCommands(1);

    await deploy(test, { pinned_digest: v1 });
    await cloud.settle();

    expect((await rollouts()).map(({ status, image }) => [status, image.tag])).toEqual([
      ['superseded', 'v2'],
      ['completed', 'v1'],
    ]);
    expect(running()).toEqual({ [v1]: 4 });
    expect(await watch.violations()).toEqual([]);
  });

  it('waits for the end of the rollout under way where the policy ignores what is newer', async () => {
    const test = await startCloud({ hosts: 4, policies: [{ ...SMALL, on_newer: 'ignore' }] });
    const { cloud, v1, push, rollouts, running, watch } = test;
    push('v2');
    await operate(test).reachCommands(1);

    await deploy(test, { on_newer: 'ignore', pinned_digest: v1 });
    await cloud.settle();

    expect((await rollouts()).map(({ status, image }) => [status, image.tag])).toEqual([
      ['completed', 'v2'],
      ['completed', 'v1'],
    ]);
    expect(running()).toEqual({ [v1]: 4 });
    expect(await watch.violations()).toEqual([]);
  });

  it('lifts no denial; a person does, by name', async () => {
    const test = await start();
    const { cloud, v1, roll, newest, running, reasons, target, watch } = test;
    const v2 = await roll('v2', true);
    cloud.fleet.images.set(v2, {});

    await deploy(test, { pinned_digest: v2 });
    await cloud.settle();
    const denied = [await newest(), running()] as const;
    const why = reasons('image considered').at(-1);
    await lift(test, v2);
    await cloud.invoke(`${STACK}-sweep`, {});
    await cloud.settle();

    expect(denied[0]).toMatchObject({ status: 'rolled_back', number: 1 });
    expect(denied[1]).toEqual({ [v1]: 4 });
    expect(why).toMatch(/^shop\/web:v2, which is pinned, has the digest .* triggers it: docs/);
    expect(await newest()).toMatchObject({
      status: 'completed',
      number: 2,
      image: { digest: v2 },
      lifted: { by: 'ada', why: 'it is mended' },
    });
    expect(running()).toEqual({ [v2]: 4 });
    expect((await target()).denied).toMatchObject([{ digest: v2, lifted: { by: 'ada' } }]);
    expect(await watch.violations()).toEqual([]);
  });
});

describe('a denial that was lifted', () => {
  it('comes back when the image goes back once more', async () => {
    const test = await start();
    const { cloud, v1, roll, rollouts, running, target, watch } = test;
    const v2 = await roll('v2', true);

    await lift(test, v2);
    await cloud.invoke(`${STACK}-sweep`, {});
    await cloud.settle();
    await cloud.invoke(`${STACK}-sweep`, {});
    await cloud.settle();

    expect((await rollouts()).map(({ status }) => status)).toEqual(['rolled_back', 'rolled_back']);
    expect(running()).toEqual({ [v1]: 4 });
    const { denied } = await target();
    expect(denied.map(({ digest, title, lifted }) => [digest, title, lifted])).toEqual([
      [v2, 'shop-web #2', undefined],
    ]);
    expect(await watch.violations()).toEqual([]);
  });
});
