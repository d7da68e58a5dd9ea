import { describe, expect, it } from 'vitest';
import { makeRollout, Rollout, rolloutTitle } from '#core/rollout.ts';
import { ARN, aPolicy, aSeed, V1, V2 } from './fixtures.ts';

describe('a new rollout', () => {
  it('is pending, not walked, not planned, with its gate closed', () => {
    const rollout = makeRollout(aSeed(), ARN);

    expect(Rollout.parse(rollout)).toEqual(rollout);
    expect(rollout).toMatchObject({
      ...aSeed(),
      version: 0,
      status: 'pending',
      run: 1,
      execution_arn: ARN,
      batch: -1,
      gate: 'closed',
      batch_judged: false,
      batch_waived: false,
      settled: false,
      published_seq: 0,
    });
    expect(rollout.plan).toBeUndefined();
  });

  it('begins its log with the image that became known', () => {
    const rollout = makeRollout(aSeed({ triggered_by: 'sweep' }), ARN);

    expect(rollout.log).toEqual([
      {
        seq: 1,
        at_ms: aSeed().created_at_ms,
        event: 'image.update_available',
        status: 'pending',
        who: 'sweep',
        why: 'v2 is new for shop-web',
      },
    ]);
  });

  it.each([
    [{}, 'ecr', 'v2 is new for shop-web'],
    [{ settings: aPolicy({ pinned_digest: V2 }) }, 'ecr', 'shop-web pins v2'],
    [{ settings: aPolicy({ pinned_digest: V1 }) }, 'ecr', 'v2 is new for shop-web'],
    [
      { lifted: { by: 'ada', why: 'the database is mended', at_ms: 1 } },
      'ada',
      'the denial of v2 was lifted: the database is mended',
    ],
    [{ requested: { by: 'ada', why: 'now', at_ms: 1 } }, 'ada', 'v2 was asked for: now'],
  ])('says who began it and why: %j', (seed, who, why) => {
    expect(makeRollout(aSeed(seed), ARN).log).toMatchObject([{ who, why }]);
  });

  it.each(['requested', 'lifted'])('names the request that began it: %s', (field) => {
    const asked = { by: 'ada', why: 'now', at_ms: 1, request: 'arn:one' };

    expect(makeRollout(aSeed({ [field]: asked }), ARN).log[0]).toMatchObject({
      request: 'arn:one',
    });
    expect(makeRollout(aSeed(), ARN).log[0]).not.toHaveProperty('request');
  });

  it('is called by its number', () => {
    expect(rolloutTitle(aSeed({ number: 7 }))).toBe('shop-web #7');
  });
});
