/** Rates of EventBridge schedules: `rate(15 minutes)`. The unit is singular for 1 and plural otherwise. */
const UNITS_MS: Readonly<Record<string, number>> = {
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
};

/** Milliseconds between two firings. Throws where the service would refuse, and for `cron(…)`. */
export function readRateMs(expression: string): number {
  const match = /^rate\(([1-9][0-9]*) (minute|hour|day)(s?)\)$/.exec(expression);
  const count = Number(match?.[1]);
  const unitMs = UNITS_MS[match?.[2] ?? ''];
  if (unitMs === undefined || (count === 1) !== (match?.[3] === '')) {
    throw new Error(`ScheduleExpression ${expression} is not a rate that the local cloud knows`);
  }
  return count * unitMs;
}
