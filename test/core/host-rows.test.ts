import { describe, expect, it } from 'vitest';
import { hostRows } from '#core/host-rows.ts';
import { aChunk, aCompletedHost, aHost, anUpdatingHost, aRollout, V2 } from './fixtures.ts';

describe('the view of hosts', () => {
  it('has a row for every touched host, and none for the others', () => {
    const done = aCompletedHost({ host: 'i-01' });
    const lost = anUpdatingHost({ host: 'i-03', status: 'unknown', error: 'no answer' });
    const chunks = [aChunk({ hosts: [done, aHost({ host: 'i-02' })] }), aChunk({ hosts: [lost] })];

    const rows = hostRows(aRollout(), chunks);

    const of = {
      container: 'web',
      policy: 'shop-web',
      repository: 'shop/web',
      rollout: aRollout().rollout,
    };
    expect(rows).toEqual([
      {
        ...of,
        host: 'i-01',
        status: 'completed',
        digest: V2,
        error: '',
        since_ms: done.completed_at_ms,
      },
      { ...of, host: 'i-03', status: 'unknown', digest: '', error: 'no answer', since_ms: 0 },
    ]);
  });
});
