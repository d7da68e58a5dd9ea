import { describe, expect, it } from 'vitest';
import { type Course, type Foresight, foreseeRollout, type Speed } from '#core/foresee-rollout.ts';
import { planHosts } from '#core/plan-hosts.ts';
import { makeRollout } from '#core/rollout.ts';
import { scheduleOf } from '#core/schedule.ts';
import { ALWAYS, ARN, aPolicy, aSeed, NOW_MS } from './fixtures.ts';

const MINUTE = 60_000;
/** 12:00 UTC on 14 November 2026. */
const NIGHTLY = {
  maintenance_window_start: '22:00',
  maintenance_window_end: '02:00',
  maintenance_window_zone: 'UTC',
};

function aCourse(
  hosts: number,
  fields: Record<string, unknown> = {},
  speed: Speed = 'least',
): Course {
  const policy = aPolicy(fields);
  const ids = Array.from({ length: hosts }, (_, index) => `i-${String(index).padStart(8, '0')}`);
  const { plan, chunks } = planHosts(policy, ids);
  const rollout = makeRollout(aSeed({ settings: policy, created_at_ms: NOW_MS }), ARN);
  return {
    rollout: { ...rollout, plan, plan_hash: 'hash' },
    chunks,
    schedule: scheduleOf(policy),
    speed,
  };
}

const minutes = (ms: number) => (ms - NOW_MS) / MINUTE;

/** `batch 1 of 2 hosts 0–17`, in minutes from now. */
function story({ steps, endsAtMs, stops }: Foresight): string[] {
  const told = steps.map((step) => {
    const what = step.kind === 'batch' ? `batch ${step.batch + 1} of ${step.hosts}` : step.kind;
    return `${what} ${minutes(step.fromMs)}–${minutes(step.untilMs)}`;
  });
  return [...told, endsAtMs === undefined ? `stops: ${stops}` : `ends ${minutes(endsAtMs)}`];
}

describe('foreseeRollout', () => {
  it('waits between batches, and takes no time where every host answers at once', () => {
    expect(story(foreseeRollout(aCourse(20), NOW_MS))).toEqual([
      'batch 1 of 2 0–0',
      'delay 0–30',
      'batch 2 of 8 30–30',
      'delay 30–60',
      'batch 3 of 10 60–60',
      'ends 60',
    ]);
  });

  it('takes all the time that a batch may, at the longest', () => {
    // An update is delivered in 2 minutes, done in 10 and healthy in 5; a soak of 1 and a look of 8 follow.
    const course = aCourse(20, { soak_seconds: 60, staged_batches: [0.5, 1] }, 'longest');

    expect(story(foreseeRollout(course, NOW_MS))).toEqual([
      'batch 1 of 10 0–26',
      'delay 26–56',
      'batch 2 of 10 56–82',
      'ends 82',
    ]);
  });

  it('soaks, also where every host answers at once', () => {
    const course = aCourse(20, { soak_seconds: 120, update_strategy: 'auto' });

    expect(story(foreseeRollout(course, NOW_MS))).toEqual(['batch 1 of 20 0–2', 'ends 2']);
  });

  it('works chunks off in waves, and each from its turn', () => {
    const fields = { update_strategy: 'auto', max_unavailable: 50 };
    const course = aCourse(150, fields, 'longest');

    // Three chunks, one at a time, 17 minutes each, the last 0.4 seconds later.
    expect(story(foreseeRollout(course, NOW_MS))).toEqual([
      `batch 1 of 150 0–${51 + 0.4 / 60}`,
      `ends ${51 + 0.4 / 60}`,
    ]);
  });

  it('waits for its window, says why, and parks what the window is too short for', () => {
    const course = aCourse(20, { ...NIGHTLY, batch_delay_minutes: 150 });

    const foresight = foreseeRollout(course, NOW_MS);

    expect(story(foresight)).toEqual([
      'window 0–600',
      'batch 1 of 2 600–600',
      'delay 600–750',
      'batch 2 of 8 750–750',
      'delay 750–900',
      'window 900–2040',
      'batch 3 of 10 2040–2040',
      'ends 2040',
    ]);
    expect(foresight.steps[0]).toMatchObject({
      reason:
        'the maintenance window 22:00–02:00 UTC is closed; the next begins at 2026-11-14 22:00 UTC',
    });
  });

  it('lets a freeze pass', () => {
    const freezes = [{ from: '2026-11-14T11:00:00Z', to: '2026-11-14T13:00:00Z', why: 'sales' }];

    expect(story(foreseeRollout(aCourse(1, { freezes }), NOW_MS))).toEqual([
      'window 0–60',
      'batch 1 of 1 60–60',
      'ends 60',
    ]);
  });

  it('parts a batch that is longer than its window over several', () => {
    const short = { ...NIGHTLY, maintenance_window_end: '22:40' };
    const course = aCourse(5, { ...short, update_strategy: 'auto', max_unavailable: 1 }, 'longest');

    expect(story(foreseeRollout(course, NOW_MS)).map((line) => line.replace(/\.\d+/g, ''))).toEqual(
      [
        'window 0–600',
        'batch 1 of 2 600–634',
        'window 634–2040',
        'batch 1 of 2 2040–2074',
        'window 2074–3480',
        'batch 1 of 1 3480–3497',
        'ends 3497',
      ],
    );
  });

  it('asks for an approval, and goes on as if it came at once', () => {
    const course = aCourse(1, { update_strategy: 'manual' });

    expect(story(foreseeRollout(course, NOW_MS))).toEqual([
      'approval 0–1440',
      'batch 1 of 1 0–0',
      'ends 0',
    ]);
  });

  it('waits for its window after the approval', () => {
    const course = aCourse(1, { ...NIGHTLY, update_strategy: 'manual' });

    expect(story(foreseeRollout(course, NOW_MS))).toEqual([
      'approval 0–1440',
      'window 0–600',
      'batch 1 of 1 600–600',
      'ends 600',
    ]);
  });

  it('stops where a person would have to be asked, and says why', () => {
    const schedule = { freezes: [], problem: 'the window cannot be read' };

    expect(story(foreseeRollout({ ...aCourse(1), schedule }, NOW_MS))).toEqual([
      'stops: the window cannot be read',
    ]);
  });

  it('does not go on for ever', () => {
    const short = { ...NIGHTLY, maintenance_window_end: '22:20', update_strategy: 'auto' };
    const course = aCourse(600, { ...short, max_unavailable: 1 }, 'longest');

    const foresight = foreseeRollout(course, NOW_MS);

    expect(foresight.steps).toHaveLength(500);
    expect(foresight.stops).toBe('it has more than 500 steps');
  });

  it('is the same for a rollout that waits already', () => {
    const course = aCourse(20, NIGHTLY);
    const later = foreseeRollout(course, NOW_MS + 60 * MINUTE);

    expect(later.endsAtMs).toBe(foreseeRollout(course, NOW_MS).endsAtMs);
    expect(foreseeRollout({ ...course, schedule: ALWAYS }, NOW_MS).endsAtMs).toBe(
      NOW_MS + 60 * MINUTE,
    );
  });
});
