/** That what is checked at rest finds what it is for; and that a plain rollout, and one that goes back, are well. */
import { describe, expect, it } from 'vitest';
import { putVersioned } from '#aws/store.ts';
import { operate } from '#test/cloud/operator.ts';
import { POLICY, REPOSITORY, STACK, startCloud, type TestCloud } from '#test/cloud/start-cloud.ts';
import {
  aChunk,
  aCompletedHost,
  anActiveTarget,
  aRollout,
  aSeed,
  aTarget,
  NOW_MS,
  V1,
  V2,
} from '#test/core/fixtures.ts';
import { levelTriggered } from './08-level.ts';
import { type Forgery, forge, HOST, slotOf } from './forge.ts';
import { restsAsRecorded } from './i04-at-rest.ts';

const ID = aSeed().rollout;
const ENDED = aRollout({ status: 'completed', settled: true });

async function rest({ watch }: Forgery): Promise<string[]> {
  return (await watch.atRest()).map((line) => line.replace(/^.* at \S+Z: /, ''));
}

describe('I4', () => {
  it.each([
    ['completed', 'completed', V1],
    ['rolled_back', 'rolled_back', V1],
  ] as const)('finds a host that is %s and runs something else', async (status, end, runs) => {
    const forgery = forge(restsAsRecorded);
    const digest_before = V2;
    forgery.accept('cmd-1');
    forgery.put(aChunk({ hosts: [aCompletedHost({ status, digest_before })] }));
    forgery.put(aRollout({ status: end, settled: true }));

    const found = await rest(forgery);

    expect(forgery.cloud.fleet.host(HOST).running('web')).toBe(runs);
    expect(found).toEqual([`${HOST} is ${status} in ${ID}, and runs ${V1}`]);
  });

  it('leaves out who has lost its files, and taken an older command after a newer one', async () => {
    const forgery = forge(restsAsRecorded);
    forgery.accept('cmd-2', { gen: 2 });
    forgery.put(aChunk({ hosts: [aCompletedHost({ status: 'completed' })] }));
    forgery.put(ENDED);
    const before = await rest(forgery);

    forgery.note({ kind: 'lost' });
    forgery.accept('cmd-1', { gen: 1, step: 9 });
    const older = await rest(forgery);
    forgery.accept('cmd-3', { gen: 3 });
    const newer = await rest(forgery);

    expect([before, older, newer].map(({ length }) => length)).toEqual([1, 0, 1]);
  });

  it('leaves out a host where nothing ran when its first command was heard', async () => {
    const forgery = forge(restsAsRecorded);
    const [own] = slotOf(forgery).containers;
    forgery.put(aChunk({ hosts: [aCompletedHost({ status: 'rolled_back', digest_before: V1 })] }));
    forgery.put(aRollout({ status: 'rolled_back', settled: true }));
    Object.assign(own ?? {}, { isRunning: false });

    forgery.accept('cmd-1');

    expect(await rest(forgery)).toEqual([]);
  });

  it('leaves out a host that lost its files while nothing ran, until something does', async () => {
    const forgery = forge(restsAsRecorded);
    const [own] = slotOf(forgery).containers;
    forgery.put(aChunk({ hosts: [aCompletedHost({ status: 'rolled_back', digest_before: V1 })] }));
    forgery.put(aRollout({ status: 'rolled_back', settled: true }));
    forgery.accept('cmd-1');
    Object.assign(own ?? {}, { isRunning: false });
    const found = await rest(forgery);

    forgery.note({ kind: 'lost' });
    forgery.accept('cmd-2');
    const lost = await rest(forgery);

    expect(found).toEqual([`${HOST} is rolled_back in ${ID}, and runs nothing`]);
    expect(lost).toEqual([]);
  });

  it('finds a view that says something else, and leaves out what a person changed', async () => {
    const forgery = forge(restsAsRecorded);
    forgery.cloud.fleet.host(HOST).byHand.run('web', V2);
    forgery.put(aChunk({ hosts: [aCompletedHost()] }));
    forgery.put(ENDED);
    const byHand = await rest(forgery);
    forgery.put({ host: HOST, container: 'web', rollout: ID, status: 'failed' });

    forgery.accept('cmd-1');
    const found = await rest(forgery);

    forgery.cloud.fleet.host(HOST).byHand.stop('web');
    forgery.accept('cmd-2');
    const stopped = await rest(forgery);

    expect([byHand, stopped]).toEqual([[], []]);
    expect(found).toEqual([`${HOST} is completed in ${ID}, and failed in the view`]);
  });
});

describe('8', () => {
  const image_pattern = `${REPOSITORY}:*`;
  const spec = (document: object) => ({ policy: 'shop-web', item: 'spec', document });

  /** The registry holds two images, the newest last. */
  function registry(document: object = { image_pattern }) {
    const forgery = forge(levelTriggered);
    const { ecr } = forgery.cloud;
    ecr.createRepository(REPOSITORY);
    const digests = ['v1.0.0', 'v2.0.0', 'v1.5.0'].map((tag, index) => {
      const digest = ecr.push(REPOSITORY, { tag });
      forgery.cloud.clock.schedule(NOW_MS + index + 1, () => {});
      return digest;
    });
    forgery.put(spec(document));
    const sweep = () =>
      forgery.call({ service: 'dynamodb', operation: 'Scan' }, { lambda: 'sweep' });
    return { ...forgery, digests, sweep };
  }

  const semver = { image_pattern, tag_choice: { type: 'semver' } };

  it('finds a target that has not seen the best image, once a sweep has run', async () => {
    const forgery = registry(semver);
    const [v1 = '', best = ''] = forgery.digests;
    forgery.put(aTarget({ seen: { tag: 'v1.0.0', digest: v1 } }));
    const unswept = await rest(forgery);

    forgery.sweep();
    const found = await rest(forgery);
    forgery.put(aTarget({ seen: { tag: 'v2.0.0', digest: best } }));

    expect(unswept).toEqual([]);
    expect(found).toEqual([`shop-web for ${REPOSITORY} has seen ${v1}, and ${best} is best`]);
    expect(await rest(forgery)).toEqual([]);
  });

  it('finds a policy whose repository has no target', async () => {
    const forgery = registry(semver);

    forgery.sweep();

    expect(await rest(forgery)).toEqual([`shop-web has no target for ${REPOSITORY}`]);
  });

  it('finds a target that desires what its last rollout did not come to', async () => {
    const forgery = registry(semver);
    const seen = { tag: 'v2.0.0', digest: forgery.digests[1] ?? '' };
    const image = { ...aSeed().image, digest: seen.digest };
    forgery.put(anActiveTarget({ seen, desired: { tag: 'v1', digest: V1 } }));
    forgery.put(aRollout({ status: 'completed', image, settled: true }));

    forgery.sweep();

    expect(await rest(forgery)).toEqual([
      `shop-web for ${REPOSITORY} desires ${V1}, and ${ID} is completed`,
    ]);
  });

  it('finds a best image that nobody decided against', async () => {
    const forgery = registry(semver);
    const [, best = ''] = forgery.digests;
    forgery.put(anActiveTarget({ seen: { tag: 'v2.0.0', digest: best } }));
    forgery.put(ENDED);

    forgery.sweep();

    expect(await rest(forgery)).toEqual([
      `shop-web for ${REPOSITORY} desires ${V2}, ${best} is best, and nobody decided against it`,
    ]);
  });
});

describe('the product', () => {
  async function sweep({ cloud }: TestCloud): Promise<void> {
    await cloud.invoke(`${STACK}-sweep`, {});
    await cloud.settle();
  }

  it('violates nothing in a good push, a bad one and a sweep', async () => {
    const test = await startCloud({ hosts: 6 });
    const v2 = await test.roll('v2');

    await test.roll('v3', true);
    await sweep(test);

    expect(test.running()).toEqual({ [v2]: 6 });
    expect(test.watch.found).toEqual([]);
    expect(await test.watch.atRest()).toEqual([]);
  });

  it('is found out when somebody writes into its tables', async () => {
    const test = await startCloud({ hosts: 2, policies: [{ ...POLICY, on_threshold: 'hold' }] });
    await test.roll('v2', true);
    const { rollout } = await test.newest();

    await operate(test).write({ action: 'go_on' });
    const clean = [...test.watch.found];
    const read = await test.newest();
    await putVersioned(test.store, test.store.rollouts, { ...read, status: 'completed' });

    expect(clean).toEqual([]);
    expect(test.watch.found[0]).toMatch(/^5 at 2026-01-05T\S+Z: /);
    expect(await test.watch.violations()).toContainEqual(
      expect.stringContaining(`the log of ${rollout} gives held, and its status is completed`),
    );
  });
});
