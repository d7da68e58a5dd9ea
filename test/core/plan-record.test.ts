import { describe, expect, it } from 'vitest';
import { planRecord, planThreshold } from '#core/plan-record.ts';
import {
  aChunk,
  aCommand,
  aCompletedHost,
  aFailedHost,
  aHost,
  anUpdatingHost,
  aPolicy,
  aRollout,
  aTallyOf,
  EXPECTED,
  V1,
} from './fixtures.ts';

describe('the record of a chunk', () => {
  it('is its tally, where every host has an outcome', () => {
    const chunk = aChunk({ hosts: [aCompletedHost(), aFailedHost({ digest_after: V1 })] });

    expect(planRecord(chunk, aRollout(), EXPECTED)).toMatchObject({
      tally: { completed: 1, failed: 1 },
      isTroubled: true,
      reason: 'every host has an outcome',
    });
  });

  it.each([
    { what: 'healthy', host: aCompletedHost(), isTroubled: false },
    { what: 'silent', host: aCompletedHost({ status: 'unknown' }), isTroubled: false },
    { what: 'failed', host: aFailedHost({ digest_after: V1 }), isTroubled: true },
  ])(
    'looks at the thresholds where a host has failed: $what ($isTroubled)',
    ({ host, isTroubled }) => {
      const record = planRecord(aChunk({ hosts: [host] }), aRollout(), EXPECTED);

      expect(record.isTroubled).toBe(isTroubled);
    },
  );

  it.each([
    { what: 'an update', chunk: aChunk({ hosts: [aCompletedHost(), aHost()] }), needs: 'update' },
    { what: 'a restore', chunk: aChunk({ hosts: [aFailedHost()] }), needs: 'restore' },
    {
      what: 'a look',
      chunk: aChunk({ hosts: [anUpdatingHost({ phase: 'soaking' })] }),
      needs: 'look',
    },
    {
      what: 'an answer',
      chunk: aChunk({ hosts: [anUpdatingHost()], commands: [aCommand()] }),
      needs: 'wait',
    },
  ])('is not made while a host needs $what, whatever the gates say now', ({ chunk, needs }) => {
    const closed = aRollout({ gate: 'closed' });

    expect(planRecord(chunk, closed, EXPECTED)).toEqual({
      tally: undefined,
      isTroubled: false,
      reason: `it still needs: ${needs}`,
    });
  });

  it('is made of a failed host that stays where it is, when the policy says so', () => {
    const rollout = aRollout({ settings: aPolicy({ auto_rollback: false }) });

    const record = planRecord(aChunk({ hosts: [aFailedHost()] }), rollout, EXPECTED);

    expect(record.tally).toMatchObject({ failed: 1 });
  });

  it('is not made of a chunk that was looked at too often and has a host without an outcome', () => {
    const chunk = aChunk({ looks: 61, hosts: [anUpdatingHost({ phase: 'asking' })] });

    expect(planRecord(chunk, aRollout(), EXPECTED).tally).toBeUndefined();
  });
});

describe('the gate of a batch', () => {
  const open = aRollout({ batch: 1 });
  const bad = [aTallyOf('fff', { chunk: 1 })];

  it('closes where the tallies cross a threshold', () => {
    expect(planThreshold(open, 1, bad)).toEqual({
      rollout: {
        ...open,
        gate: 'closed',
        crossed: {
          verdict: 'hold',
          reason: 'High failure rate detected: 3 hosts in a row failed, the limit is 3',
        },
      },
      reason: 'High failure rate detected: 3 hosts in a row failed, the limit is 3',
    });
  });

  it.each([
    { what: 'the tallies are within', rollout: open, batch: 1, tallies: [aTallyOf('..f')] },
    {
      what: 'it is closed already',
      rollout: { ...open, gate: 'closed' as const },
      batch: 1,
      tallies: bad,
    },
    { what: 'another batch is open', rollout: open, batch: 0, tallies: bad },
    {
      what: 'a person let it pass',
      rollout: { ...open, batch_waived: true },
      batch: 1,
      tallies: bad,
    },
    { what: 'the plan has no such batch', rollout: { ...open, batch: 2 }, batch: 2, tallies: bad },
    {
      what: 'the failures are those of an earlier round',
      rollout: { ...open, round: 1 },
      batch: 1,
      tallies: bad,
    },
    {
      what: 'too few have finished to tell',
      rollout: open,
      batch: 1,
      tallies: [aTallyOf('ff')],
    },
  ])('is left as it is where $what', ({ rollout, batch, tallies }) => {
    expect(planThreshold(rollout, batch, tallies)).toBeUndefined();
  });
});
