import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseControlRequest } from '#core/control-request.ts';

const ID = 'shop-web-1a2b3c-g1767571200';

describe('a request', () => {
  it('is whole with what was left out', () => {
    const parsed = parseControlRequest({ rollout: ID, action: 'pause' }, 'arn:one');

    expect(parsed).toEqual({
      ok: true,
      request: {
        rollout: ID,
        action: 'pause',
        reason: 'no reason was given',
        by: 'operator',
        fresh: false,
        request: 'arn:one',
      },
    });
  });

  it.each([
    { action: 'approve', plan: 'a'.repeat(64) },
    { action: 'reject', plan: 'a'.repeat(64) },
    { action: 'resume', fresh: true },
    { action: 'cancel', fresh: false },
    { action: 'retry-failed', reason: 'Größe 👩‍💻', by: 'arn:aws:sts::1:assumed-role/ops/ada' },
  ])('takes %j', (fields) => {
    expect(parseControlRequest({ rollout: ID, ...fields }, 'arn:one').ok).toBe(true);
  });

  it.each(['a\nb', 'a\u001b[31m', 'a\u2028b', 'a\u202eb', ''])(
    'takes no reason like %j',
    (reason) => {
      const parsed = parseControlRequest({ rollout: ID, action: 'pause', reason }, 'arn:one');

      expect(parsed.ok).toBe(false);
    },
  );

  it('for a trigger names a policy and an image instead of a rollout', () => {
    const asked = { action: 'trigger', policy: 'shop-web', image: 'shop/web:v1' };

    expect(parseControlRequest(asked, 'arn:one').ok).toBe(true);
    expect(parseControlRequest({ ...asked, rollout: ID }, 'arn:one').ok).toBe(false);
    expect(parseControlRequest({ ...asked, policy: undefined }, 'arn:one').ok).toBe(false);
  });

  it.each([
    { action: 'pause', plan: 'a'.repeat(64) },
    { action: 'approve', fresh: true },
    { action: 'cancel', to: ID },
  ])('takes no field of another action: %j', (fields) => {
    const parsed = parseControlRequest({ rollout: ID, ...fields }, 'arn:one');

    if (parsed.ok) throw new Error('it was taken');
    expect(parsed.problems[0]?.message).toMatch(/^(plan|fresh|to): belongs to .*; remove it$/);
  });

  it('names every mistake at once', () => {
    const parsed = parseControlRequest({ rollout: 7, action: 'go', plan: 'x' }, 'arn:one');

    if (parsed.ok) throw new Error('it was taken');
    expect(parsed.problems.map(({ path }) => path)).toEqual(['rollout', 'action', 'plan']);
  });

  it('is answered whatever it is', () => {
    fc.assert(
      fc.property(fc.anything(), (asked) => {
        const parsed = parseControlRequest(asked, 'arn:one');

        return parsed.ok || parsed.problems.length > 0;
      }),
    );
  });
});
