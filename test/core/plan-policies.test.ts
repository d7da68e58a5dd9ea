import { describe, expect, it } from 'vitest';
import type { CheckedPolicy } from '#core/judge-policies.ts';
import {
  type ActiveRollout,
  describeRefusal,
  listGone,
  planPolicies,
  type StoredPolicies,
} from '#core/plan-policies.ts';
import { OPEN_STATUSES, RolloutStatus } from '#core/status.ts';
import { HeldPolicy, storedPolicy } from '#core/stored-policy.ts';
import { aPolicy, NOW_MS } from './fixtures.ts';

const NOTHING: StoredPolicies = { held: [], unreadable: [], elsewhere: [] };

function checked(id: string, fields: Record<string, unknown> = {}): CheckedPolicy {
  const document = { id, image_pattern: `shop/${id}:*`, fleet_id: 'production', ...fields };
  return { policy: aPolicy(document), document };
}

/** As a deployment wrote it, at its fifth version. */
function held({ policy, document }: CheckedPolicy, fields: Record<string, unknown> = {}) {
  const stored = storedPolicy(policy, document, undefined, NOW_MS - 1);
  return HeldPolicy.parse({ ...stored, version: 5, ...fields });
}

function plan(
  documents: readonly CheckedPolicy[],
  stored: Partial<StoredPolicies> = {},
  active: readonly ActiveRollout[] = [],
) {
  return planPolicies(documents, { ...NOTHING, ...stored }, active, NOW_MS);
}

const web = checked('web');
const api = checked('api');

describe('a deployment', () => {
  it('writes what is new', () => {
    expect(plan([web])).toEqual({
      ok: true,
      removals: [],
      writes: [storedPolicy(web.policy, web.document, undefined, NOW_MS)],
    });
  });

  it('writes what says something else, over the version that it read', () => {
    const changed = checked('web', { max_hosts: 3 });

    const planned = plan([changed, api], { held: [held(web), held(api)] });

    expect(planned).toMatchObject({
      ok: true,
      removals: [],
      writes: [{ policy: 'web', version: 5, document: { max_hosts: 3 }, updated_at_ms: NOW_MS }],
    });
  });

  it('writes what an earlier release found by other keys', () => {
    const { container_key, ...earlier } = held(web);

    const planned = plan([web], { held: [HeldPolicy.parse(earlier)] });

    expect(planned).toMatchObject({ ok: true, writes: [{ container_key: '=web', version: 5 }] });
  });

  it('has nothing to do twice', () => {
    const stored = { held: [held(web), held(api)] };

    expect(plan([web, api], stored)).toEqual({ ok: true, removals: [], writes: [] });
  });

  it('removes what the stack wrote and has no file any more', () => {
    const stored = { held: [held(web), held(api)] };

    expect(plan([api], stored)).toEqual({ ok: true, removals: [held(web)], writes: [] });
    expect(plan([], stored)).toMatchObject({ ok: true, removals: stored.held });
  });

  it('leaves alone what was made elsewhere', () => {
    const stored = { held: [held(web, { source: 'api' })], elsewhere: [web.policy] };

    expect(plan([], stored)).toEqual({ ok: true, removals: [], writes: [] });
    expect(plan([api], stored)).toMatchObject({
      ok: true,
      removals: [],
      writes: [{ policy: 'api' }],
    });
  });

  it('leaves alone what it cannot read and does not write', () => {
    const unreadable = [{ policy: 'web', problem: 'policy web cannot be read: version' }];

    expect(plan([api], { unreadable })).toMatchObject({ ok: true, removals: [] });
  });
});

describe('a deployment is refused', () => {
  it('where a file has the id of a policy that was made elsewhere', () => {
    const stored = { held: [held(web, { source: 'api' })], elsewhere: [web.policy] };

    expect(plan([web, api], stored)).toEqual({
      ok: false,
      reasons: [
        'web: a policy of this id was made elsewhere, and a deployment does not write over it; give this one another id, or delete that one first',
      ],
    });
  });

  it('where it would write over what cannot be read', () => {
    const unreadable = [
      { policy: 'other', problem: 'policy other cannot be read: version' },
      { policy: 'web', problem: 'policy web cannot be read: version' },
    ];

    expect(plan([web], { unreadable })).toEqual({
      ok: false,
      reasons: [
        'web: policy web cannot be read: version; nobody can say whose it is: delete its item spec from the table of policies, then deploy again',
      ],
    });
  });

  it('where a policy that was made elsewhere may claim the same container, with both names', () => {
    const elsewhere = [aPolicy({ id: 'by-hand', image_pattern: 'team/web:*' })];

    expect(plan([api, web], { elsewhere })).toEqual({
      ok: false,
      reasons: [
        'web: claims the container web on hosts that by-hand may claim too; give one of them another fleet_id, a device tag with another value, or another container',
      ],
    });
  });

  it('not where two that were made elsewhere claim the same: it is not its problem', () => {
    const elsewhere = ['one', 'two'].map((id) => aPolicy({ id, image_pattern: 'team/web:*' }));

    expect(plan([api], { elsewhere })).toMatchObject({ ok: true });
  });

  const gone = { held: [held(web), held(api)] };
  const active = { policy: 'web', title: 'web #3', rollout: 'web-abcdef-g7' } as const;

  it.each(OPEN_STATUSES)('where what has no file any more has a rollout that is %s', (status) => {
    expect(plan([api], gone, [{ ...active, status }])).toEqual({
      ok: false,
      reasons: [
        `web: its file is gone, but web #3 (web-abcdef-g7) is ${status}; wait for its end, or end it, then deploy again; or put the file back`,
      ],
    });
  });

  const FINAL = RolloutStatus.options.filter(
    (status) => !OPEN_STATUSES.some((open) => open === status),
  );

  it.each(FINAL)('not where that rollout is %s', (status) => {
    expect(plan([api], gone, [{ ...active, status }])).toMatchObject({
      ok: true,
      removals: [{ policy: 'web' }],
    });
  });

  it('where nobody can say whether what has no file any more has a rollout', () => {
    const problem = 'target target#shop/web of web cannot be read: version';

    expect(plan([api], gone, [{ policy: 'web', problem }])).toEqual({
      ok: false,
      reasons: [
        `web: its file is gone, but nobody can say whether a rollout is under way: ${problem}; mend the item, then deploy again; or put the file back`,
      ],
    });
  });

  it('with all reasons at once', () => {
    const stored = {
      held: [held(checked('old')), held(api, { source: 'api' })],
      elsewhere: [aPolicy({ id: 'by-hand', image_pattern: 'team/web:*' })],
    };

    const planned = plan([web, api], stored, [{ ...active, policy: 'old', status: 'held' }]);

    const reasons = planned.ok ? [] : planned.reasons;
    expect(reasons.map((reason) => reason.split(':')[0])).toEqual(['api', 'web', 'old']);
  });
});

it('lists what the stack wrote and has no file any more', () => {
  const all = [held(web), held(api), held(checked('by-hand'), { source: 'api' })];

  expect(listGone(all, [api]).map(({ policy }) => policy)).toEqual(['web']);
});

describe('a refusal', () => {
  it('tells every reason on a line of its own', () => {
    expect(describeRefusal(['one: no', 'two: no'])).toBe(
      'the policies are refused, and nothing was written:\none: no\ntwo: no',
    );
  });

  it('fits into what CloudFormation shows, and says how much is left out', () => {
    const text = describeRefusal(Array.from({ length: 50 }, (_, n) => `${n}: ${'x'.repeat(300)}`));

    expect(text.length).toBeLessThan(2200);
    expect(text.split('\n').at(-1)).toBe('… and 44 more, in the log');
  });

  it('tells the beginning of a reason that is too long by itself', () => {
    const text = describeRefusal(['x'.repeat(5000), 'two: no']);

    expect(text.length).toBeLessThan(2200);
    expect(text.split('\n').at(-1)).toBe('… and 1 more, in the log');
  });
});
