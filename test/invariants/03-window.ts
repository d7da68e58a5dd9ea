/**
 * That no update goes out which could change a host outside its policy's window or in a freeze, by the
 * policy as it was stored when the gate was read, and by another library's reading of the clock. And that the
 * first of a scheduled rollout is in a window which began after the rollout was made.
 */
import * as z from 'zod';
import { StoredSchedule } from '#core/policy-window.ts';
import { openingsFrom } from '#test/core/temporal-openings.ts';
import type { Check, Context } from './check.ts';
import type { Send } from './send.ts';

/** Longer than any window, so that the one that is open is seen whole. */
const TWO_DAYS_MS = 172_800_000;

/** Who sends has looked at the clock at most so long before. */
const LAMBDA_TIMEOUT_MS = 60_000;

const Scheduled = z.object({ update_strategy: z.literal('scheduled') });

export const sentWithinWindow: Check = {
  name: '3, I17',
  begin: (context) => {
    const begun = new Set<string>();
    return {
      onSend: (send) => {
        if (send.command.op === 'update') judge(context, send, begun);
      },
    };
  },
};

function judge(
  { limits, mirror, report }: Context,
  { command, call, atMs }: Send,
  begun: Set<string>,
): void {
  const { rollout, chunk, deadline } = command;
  const meta = mirror.rollout(rollout);
  // A rollout whose policy is gone goes on by the settings that it froze.
  const frozen = { document: meta?.settings };
  const since = mirror.specsSince(meta?.policy ?? '', mirror.beganAtMs(call));
  const specs = since.map((spec) => spec ?? frozen);
  const schedules = schedulesOf(specs);
  const sinceMs = atMs - LAMBDA_TIMEOUT_MS;
  const isInside = schedules.some((schedule) =>
    openingsFrom(schedule, sinceMs, 2).some(
      (one) => one.fromMs <= atMs + limits.skewMs && deadline * 1000 <= one.untilMs,
    ),
  );
  if (!isInside) report(`chunk ${chunk} of ${rollout} was sent outside its window`);
  if (begun.has(rollout)) return;
  begun.add(rollout);
  if (meta === undefined || !Scheduled.safeParse(meta.settings).success) return;
  const instants = [atMs, atMs + limits.skewMs];
  const isNew = (schedule: Schedule) =>
    instants.some((instantMs) => beganAfter(schedule, meta.created_at_ms, instantMs));
  if (!schedules.some(isNew)) {
    report(`${rollout} began in a window that was open when it was made`);
  }
}

type Schedule = z.infer<typeof StoredSchedule>['document'];

function schedulesOf(specs: readonly unknown[]): Schedule[] {
  return specs.flatMap((spec) => {
    const stored = StoredSchedule.safeParse(spec);
    return stored.success ? [stored.data.document] : [];
  });
}

/** Whether the window that is open now began after the rollout was made, or is no window at all. */
function beganAfter(schedule: Schedule, madeAtMs: number, atMs: number): boolean {
  const windows = openingsFrom({ ...schedule, freezes: [] }, atMs - TWO_DAYS_MS, 4);
  const open = windows.find(({ fromMs, untilMs }) => fromMs <= atMs && atMs < untilMs);
  if (open === undefined) return false;
  return open.fromMs >= madeAtMs || open.untilMs === Number.POSITIVE_INFINITY;
}
