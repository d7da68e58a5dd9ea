import { describe, expect, it } from 'vitest';
import { judgePolicies } from '#core/judge-policies.ts';
import { parseSettings } from '#core/settings.ts';
import { aPolicy } from './fixtures.ts';

const web = { id: 'shop-web', image_pattern: 'shop/web:*', fleet_id: 'production' };
const api = { id: 'shop-api', image_pattern: 'shop/api:*', fleet_id: 'production' };
const settings = parseSettings({});

describe('the policies of a stack', () => {
  it('are checked together, and kept as they were written', () => {
    expect(judgePolicies([web, api], settings)).toEqual({
      ok: true,
      policies: [
        { policy: aPolicy(web), document: web },
        { policy: aPolicy(api), document: api },
      ],
    });
  });

  it('may be none', () => {
    expect(judgePolicies([], settings)).toEqual({ ok: true, policies: [] });
  });

  it.each([
    { what: 'a document alone', documents: web },
    { what: 'text', documents: 'shop-web' },
    { what: 'a list of texts', documents: ['shop-web'] },
    { what: 'nothing', documents: undefined },
    { what: 'more than 2,000', documents: Array.from({ length: 2_001 }, () => web) },
  ])('are refused as a whole where they are no list of documents: $what', ({ documents }) => {
    expect(judgePolicies(documents, settings)).toEqual({
      ok: false,
      reason: 'the policies are not a list of documents',
    });
  });

  it.each([
    { what: 'a misspelt field', document: { ...api, imge: 1 }, says: /^shop-api: .*imge/ },
    { what: 'what is not built yet', document: { ...api, freezes: [{}] }, says: /^shop-api: / },
    {
      what: 'what a later version brings',
      document: { ...api, image_pattern: 'ghcr.io/acme/app:*' },
      says: /^shop-api: .*not supported yet/,
    },
    {
      what: 'an id that is taken',
      document: { ...api, id: 'shop-web' },
      says: /^shop-web: the id is there twice$/,
    },
    {
      what: 'the hosts and the container of another',
      document: { ...web, id: 'shop-rival' },
      says: /^shop-rival: claims the container web on hosts that shop-web may claim too; /,
    },
    { what: 'no id', document: { image_pattern: 'a/b:*' }, says: /^undefined: / },
  ])('are refused where one has $what', ({ document, says }) => {
    const checked = judgePolicies([web, document], settings);

    expect(checked).toMatchObject({ ok: false, reason: expect.stringMatching(says) });
  });

  it('are refused with everything that is wrong, a line each', () => {
    const documents = [
      { ...web, max_hosts: 0 },
      { ...api, max_hosts: 'all' },
    ];

    const checked = judgePolicies(documents, settings);

    const reason = checked.ok ? '' : checked.reason;
    expect(reason.split('\n').map((line) => line.split(':')[0])).toEqual(['shop-web', 'shop-api']);
  });

  it('take the settings of the stack for what they leave out', () => {
    const checked = judgePolicies([web], parseSettings({ MAX_FAILURE_RATE: 0.5 }));

    expect(checked).toMatchObject({ ok: true, policies: [{ policy: { max_failure_rate: 0.5 } }] });
  });
});
