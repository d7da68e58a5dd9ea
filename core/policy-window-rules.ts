/** What the fields of a maintenance window must be together. */
import { SPARE_MS } from './judge-schedule.ts';
import type { SoundFields } from './policy.ts';
import { WINDOW_FIELDS, windowSeconds } from './policy-window.ts';
import type { Flaw } from './problem.ts';
import type { Settings } from './settings.ts';

export function judgeWindow(policy: SoundFields): Flaw[] {
  const { maintenance_window_start: start, maintenance_window_end: end } = policy;
  const missing = WINDOW_FIELDS.filter((name) => policy[name] === undefined);
  if (missing.length > 0) {
    const isPlanned =
      missing.length < WINDOW_FIELDS.length || policy.maintenance_window_days !== undefined;
    return missing.slice(0, isPlanned ? 1 : 0).map((name) => ({
      code: 'window_incomplete',
      path: [name],
      what: 'is missing',
      mend: 'a maintenance window needs its start, its end and its zone',
    }));
  }
  if (start === undefined || end === undefined || windowSeconds(start, end) > 0) return [];
  return [
    {
      code: 'window_empty',
      path: ['maintenance_window_end'],
      what: 'is also the start of the window, which so has no length',
      mend: 'give another time, or leave the window out',
    },
  ];
}

/** A window that is there in part is judgeWindow's. */
export function judgeScheduled(policy: SoundFields): Flaw[] {
  const isWindow = WINDOW_FIELDS.some((name) => policy[name] !== undefined);
  if (policy.update_strategy !== 'scheduled' || isWindow) return [];
  return [
    {
      code: 'scheduled_without_window',
      path: ['update_strategy'],
      what: 'has no maintenance window to begin with',
      mend: 'give maintenance_window_start, maintenance_window_end and maintenance_window_zone, or take update_strategy staged',
    },
  ];
}

/** A window in which not even one chunk could be updated would park its rollouts for ever. */
export function judgeWindowLength(policy: SoundFields, settings: Settings): Flaw[] {
  const { maintenance_window_start: start, maintenance_window_end: end } = policy;
  if (start === undefined || end === undefined) return [];
  const seconds = windowSeconds(start, end);
  const needed =
    SPARE_MS / 1000 +
    settings.delivery_timeout_seconds +
    settings.update_timeout_seconds +
    (policy.health_check_enabled ? policy.health_check_timeout_seconds : 0);
  if (seconds === 0 || seconds >= needed) return [];
  return [
    {
      code: 'window_short',
      path: ['maintenance_window_end'],
      what: `leaves ${seconds} seconds, less than the ${needed} that the update of a host may take`,
      mend: 'widen the window, or lower health_check_timeout_seconds',
    },
  ];
}
