import { describe, expect, it } from 'vitest';
import { listWarnings } from '#core/policy-warnings.ts';
import { paceOf, parseSettings } from '#core/settings.ts';
import { aPolicy } from './fixtures.ts';

const PACE = paceOf(parseSettings({}));
const ids = (count: number) =>
  Array.from({ length: count }, (_, index) => `i-${String(index).padStart(17, '0')}`);

function messages(fields: Record<string, unknown>, hosts?: number, pace = PACE): string[] {
  return listWarnings(aPolicy(fields), pace, hosts).map(({ message }) => message);
}

const window = (start: string, end: string) => ({
  maintenance_window_start: start,
  maintenance_window_end: end,
  maintenance_window_zone: 'Europe/Berlin',
});

/** A host's update takes 10 + 2 + 5 minutes at the most. */
const SHORT = window('02:00', '02:45');

describe('a policy by itself', () => {
  it('is not warned of where its hosts are not known and it has no window', () => {
    expect(messages({})).toEqual([]);
    expect(messages({ update_strategy: 'auto' })).toEqual([]);
  });

  it.each<[string, Record<string, unknown>, string[]]>([
    [
      'delays that add up to more than the window',
      { ...SHORT, batch_delay_minutes: 30 },
      [
        '10/50/100 with 30-minute delays cannot end inside 02:00–02:45: batch 2 may end 47 minutes after the beginning, and waits for the next window',
      ],
    ],
    [
      'soaks that do',
      { ...SHORT, batch_delay_minutes: 0, soak_seconds: 600, health_check_timeout_seconds: 200 },
      [
        '10/50/100 cannot end inside 02:00–02:45: batch 3 may end 52 minutes after the beginning, and waits for the next window',
      ],
    ],
    ['delays that fit', { ...SHORT, batch_delay_minutes: 14 }, []],
    ['one batch', { ...SHORT, update_strategy: 'auto' }, []],
    ['a window over midnight', { ...window('23:00', '01:00'), batch_delay_minutes: 30 }, []],
  ])('that has %s', (_, fields, expected) => {
    expect(messages(fields)).toEqual(expected);
  });

  it('counts the hosts that it names first as a batch', () => {
    expect(
      messages({ ...SHORT, first_batch: ids(2), staged_batches: ['9 hosts', '25%', 1] }),
    ).toEqual([
      '2 hosts/9 hosts/25/100 with 30-minute delays cannot end inside 02:00–02:45: batch 2 may end 47 minutes after the beginning, and waits for the next window',
    ]);
  });

  it.each<[string, Record<string, unknown>, string[]]>([
    [
      'fewer hosts than failures in a row',
      { hosts: ids(2) },
      ['3 in a row can never fire with at most 2 hosts; lower max_consecutive_failures'],
    ],
    [
      'a plan for fewer',
      { max_hosts: 1 },
      ['3 in a row can never fire with at most 1 host; lower max_consecutive_failures'],
    ],
    ['as many hosts as failures in a row', { hosts: ids(3) }, []],
    [
      'more unavailable than there are',
      { hosts: ids(5), max_unavailable: 6 },
      ['max_unavailable 6 limits nothing: there are at most 5 hosts; lower it, or remove it'],
    ],
    ['as many unavailable as there are', { hosts: ids(5), max_unavailable: 5 }, []],
    [
      'all its hosts in the first batch',
      { hosts: ids(3), first_batch: ids(3) },
      ['first_batch names every host of the policy: none goes before the others'],
    ],
  ])('that names %s', (_, fields, expected) => {
    expect(messages(fields)).toEqual(expected);
  });
});

describe('a policy with its hosts', () => {
  it.each<[string, number, Record<string, unknown>, string[]]>([
    [
      'two',
      2,
      {},
      [
        '3 in a row can never fire with 2 hosts; lower max_consecutive_failures',
        'batch 1 of 2 hosts at 10 % is one host; write "1 host" if that is meant',
      ],
    ],
    [
      'three',
      3,
      { max_consecutive_failures: 1 },
      ['batch 1 of 3 hosts at 10 % is one host; write "1 host" if that is meant'],
    ],
    [
      'three, of which one goes first',
      3,
      { max_consecutive_failures: 1, staged_batches: ['1 host', 1] },
      [],
    ],
    [
      'three, of which one is named',
      3,
      { max_consecutive_failures: 2, first_batch: ids(1), staged_batches: [0.1, 1] },
      [],
    ],
    ['ten', 10, {}, []],
    [
      'five, in batches of one and two',
      5,
      { staged_batches: ['1 host', 0.5, 1] },
      [
        '3 in a row can never fire where no batch of the 5 hosts has more than 2; lower max_consecutive_failures',
      ],
    ],
    [
      'one',
      1,
      { max_consecutive_failures: 1 },
      ['batch 1 is the whole fleet (1 host): none goes before the others'],
    ],
    ['one, all at once', 1, { max_consecutive_failures: 1, update_strategy: 'auto' }, []],
    [
      'none',
      0,
      { max_unavailable: 5 },
      ['max_unavailable 5 limits nothing: there are 0 hosts; lower it, or remove it'],
    ],
  ])('of which there are %s', (_, hosts, fields, expected) => {
    expect(messages(fields, hosts)).toEqual(expected);
  });

  it('has fewer batches where there are few hosts, and so fits', () => {
    expect(messages({ ...SHORT, max_consecutive_failures: 1, update_strategy: 'auto' }, 1)).toEqual(
      [],
    );
    expect(
      messages({ ...SHORT, staged_batches: ['5 hosts', 1], batch_delay_minutes: 30 }, 5),
    ).toEqual(['batch 1 is the whole fleet (5 hosts): none goes before the others']);
  });

  it('is told of a batch that no window is long enough for', () => {
    const fields = {
      ...SHORT,
      max_unavailable: 1,
      staged_batches: ['1 host', 1],
      batch_delay_minutes: 0,
    };

    expect(messages(fields, 4)).toEqual([
      'batch 2 of 3 hosts may take 52 minutes, longer than 02:00–02:45: what is left goes on in the next window',
    ]);
  });

  it('is told of the first batch alone that is too late', () => {
    const fields = { ...SHORT, batch_delay_minutes: 60 };

    expect(messages(fields, 100)).toEqual([
      '10/50/100 with 60-minute delays cannot end inside 02:00–02:45: batch 2 may end 77 minutes after the beginning, and waits for the next window',
    ]);
  });
});
