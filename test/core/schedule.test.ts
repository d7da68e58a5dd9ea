import { describe, expect, it } from 'vitest';
import { chooseSchedule, scheduleOf } from '#core/schedule.ts';
import { aPolicy } from './fixtures.ts';

const WINDOW = {
  maintenance_window_start: '22:00',
  maintenance_window_end: '02:00:30',
  maintenance_window_zone: 'Europe/Berlin',
};
const FREEZE = { from: '2026-12-20T00:00:00Z', to: '2027-01-02T00:00:00Z', why: 'holidays' };
const FROZEN = aPolicy({ ...WINDOW, maintenance_window_days: ['fri'] });

function stored(document: Record<string, unknown>): unknown {
  return { policy: 'shop-web', item: 'spec', document: { id: 'shop-web', ...document } };
}

describe('a policy’s schedule', () => {
  it('has its window, and its freezes by their beginning', () => {
    const later = { ...FREEZE, from: '2026-12-24T00:00:00Z' };
    const schedule = scheduleOf(aPolicy({ ...WINDOW, freezes: [later, FREEZE] }));

    expect(schedule.window).toMatchObject({
      title: '22:00–02:00:30 Europe/Berlin',
      startMs: 22 * 3_600_000,
      lengthMs: 4 * 3_600_000 + 30_000,
      days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'],
    });
    expect(schedule.freezes.map(({ from }) => from)).toEqual([FREEZE.from, later.from]);
  });

  it('is empty where it says nothing', () => {
    expect(scheduleOf(aPolicy())).toEqual({ freezes: [] });
  });
});

describe('a rollout goes by', () => {
  it('what its policy says now: a window that is gone, a freeze that is new', () => {
    const schedule = chooseSchedule(FROZEN, stored({ freezes: [FREEZE], colour: 'red' }));

    expect(schedule.window).toBeUndefined();
    expect(schedule.freezes).toMatchObject([FREEZE]);
  });

  it('what it began with, where its policy is no longer there', () => {
    const schedule = chooseSchedule(FROZEN, undefined);

    expect(schedule.window?.title).toBe('22:00–02:00:30 Europe/Berlin (fri)');
  });

  it.each([
    [stored({ freezes: [{ ...FREEZE, to: 'soon' }] }), 'document.freezes.0.to'],
    [
      stored({ ...WINDOW, maintenance_window_zone: 'Mars/Olympus' }),
      'document.maintenance_window_zone',
    ],
    [
      stored({ maintenance_window_end: '02:00' }),
      'document.maintenance_window_start, document.maintenance_window_zone',
    ],
    [{ policy: 'shop-web', item: 'spec' }, 'document'],
  ])('nothing that cannot be read: %#', (item, fields) => {
    expect(chooseSchedule(FROZEN, item)).toEqual({
      freezes: [],
      problem: `the policy's window and freezes cannot be read: ${fields}`,
    });
  });
});
