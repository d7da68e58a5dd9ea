import { describe, expect, it } from 'vitest';
import { parseImagePattern } from '#core/image-pattern.ts';
import { nameIfMet, planLooks, type SweptPolicy, spreadLooks } from '#core/plan-looks.ts';

function policy(id: string, text: string): SweptPolicy {
  const pattern = parseImagePattern(text);
  if (pattern === undefined) throw new Error(`${text} is no pattern`);
  return { policy: id, pattern };
}

describe('planLooks', () => {
  it('looks at a repository once, however many policies name it', () => {
    const policies = [policy('a', 'shop/web:*'), policy('b', 'shop/web:v1'), policy('c', 'web')];

    const { repositories, globs } = planLooks(policies, [{ policy: 'a', repository: 'shop/web' }]);

    expect(repositories).toEqual(['shop/web', 'web']);
    expect(globs).toBeUndefined();
  });

  it('looks at what a target of a glob knows', () => {
    const targets = [{ policy: 'a', repository: 'shop/api' }];

    expect(planLooks([policy('a', 'shop/*')], targets).repositories).toEqual(['shop/api']);
  });

  it.each([
    ['is gone', [policy('b', 'shop/api')]],
    ['means other repositories now', [policy('a', 'shop/w*'), policy('b', 'shop/api')]],
  ])('asks nothing for a target whose policy %s', (_what, policies) => {
    const targets = [{ policy: 'a', repository: 'shop/old' }];

    expect(planLooks(policies, targets).repositories).toEqual(['shop/api']);
  });

  it('has globs to meet the own ECR with, and none of another registry', () => {
    const { globs } = planLooks([policy('a', 'shop/*'), policy('b', 'ghcr.io/acme/*')], []);
    if (globs === undefined) throw new Error('there is a glob');

    expect(nameIfMet(globs, 'shop/web')).toBe('shop/web');
    expect(nameIfMet(globs, 'acme/web')).toBeUndefined();
    expect(nameIfMet(globs, 'ghcr.io/acme/web')).toBeUndefined();
    expect(planLooks([policy('b', 'ghcr.io/acme/*')], []).globs).toBeUndefined();
  });

  it('names a repository of the own ECR that looks like a registry as its target is named', () => {
    const { globs } = planLooks([policy('a', '/ghcr.io/*')], []);
    if (globs === undefined) throw new Error('there is a glob');

    expect(nameIfMet(globs, 'ghcr.io/app')).toBe('/ghcr.io/app');
  });
});

describe('spreadLooks', () => {
  it('sends ten a second, each once, in the order of their names', () => {
    const names = Array.from({ length: 21 }, (_, index) => `app-${String(20 - index)}`);

    const looks = spreadLooks([...names, 'app-0']);

    expect(looks).toHaveLength(21);
    expect(looks[0]).toEqual({ repository: 'app-0', delaySeconds: 0 });
    expect(looks.map(({ delaySeconds }) => delaySeconds)).toEqual([
      ...Array(10).fill(0),
      ...Array(10).fill(1),
      2,
    ]);
  });

  it('delays none by more than SQS does', () => {
    const names = Array.from({ length: 9_020 }, (_, index) => `app-${index}`);

    expect(spreadLooks(names).at(-1)?.delaySeconds).toBe(900);
  });
});
