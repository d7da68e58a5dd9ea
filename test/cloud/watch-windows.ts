/**
 * That no update goes out which could change a host outside its policy's window or in a freeze, by the
 * policy as it was stored when the gate was read, and by another library's reading of the clock. And that the
 * first of a scheduled rollout is in a window which began after the rollout was made.
 */
import * as z from 'zod';
import type { HostCommand } from '#core/host-command.ts';
import { StoredSchedule } from '#core/policy-window.ts';
import { openingsFrom } from '#test/core/temporal-openings.ts';

/** A gate may have been read open at most one lambda timeout before the send. */
const LAMBDA_TIMEOUT_MS = 60_000;

/** Longer than any window, so that the one that is open is seen whole. */
const TWO_DAYS_MS = 172_800_000;

const Scheduled = z.object({
  rollout: z.string(),
  created_at_ms: z.number(),
  settings: z.object({ update_strategy: z.literal('scheduled') }),
});

interface WindowWatch {
  onPolicy(item: Record<string, unknown>, atMs: number): void;
  onRollout(item: Record<string, unknown>): void;
  judgeSend(command: HostCommand, atMs: number): string[];
}

export function watchWindows(): WindowWatch {
  const written = new Map<string, { item: unknown; fromMs: number; untilMs: number }[]>();
  /** Rollouts that have still to begin with a window, and when they were made. */
  const waiting = new Map<string, number>();
  const begun = new Set<string>();
  /** Whether the rollout begins with this send, and in a window that began too early for it. */
  const isEarly = (rollout: string, policies: readonly unknown[], atMs: number) => {
    const madeAtMs = waiting.get(rollout);
    if (madeAtMs === undefined || begun.has(rollout)) return false;
    begun.add(rollout);
    return !policies.some((item) => {
      const stored = StoredSchedule.safeParse(item);
      if (!stored.success) return false;
      const unfrozen = { ...stored.data.document, freezes: [] };
      const windows = openingsFrom(unfrozen, atMs - TWO_DAYS_MS, 4);
      const open = windows.find(({ fromMs, untilMs }) => fromMs <= atMs && atMs < untilMs);
      return (
        open !== undefined && (open.fromMs >= madeAtMs || open.untilMs === Number.POSITIVE_INFINITY)
      );
    });
  };
  return {
    onRollout: (item) => {
      const { success, data } = Scheduled.safeParse(item);
      if (success) waiting.set(data.rollout, data.created_at_ms);
    },
    onPolicy: (item, atMs) => {
      const before = written.get(String(item['policy'])) ?? [];
      const ended = before.map((one) => ({ ...one, untilMs: Math.min(one.untilMs, atMs) }));
      const now = { item, fromMs: atMs, untilMs: Number.POSITIVE_INFINITY };
      written.set(String(item['policy']), [...ended, now]);
    },
    judgeSend: ({ op, owner, rollout, chunk, deadline }, atMs) => {
      const [, policy = ''] = owner.split('/');
      if (op !== 'update') return [];
      const sinceMs = atMs - LAMBDA_TIMEOUT_MS;
      const recent = (written.get(policy) ?? []).filter(({ untilMs }) => untilMs > sinceMs);
      const isInside = recent.some(({ item }) => {
        const stored = StoredSchedule.safeParse(item);
        if (!stored.success) return false;
        const openings = openingsFrom(stored.data.document, sinceMs, 2);
        return openings.some((one) => one.fromMs <= atMs && deadline * 1000 <= one.untilMs);
      });
      const early = isEarly(
        rollout,
        recent.map(({ item }) => item),
        atMs,
      );
      return [
        ...(isInside ? [] : [`3: chunk ${chunk} of ${rollout} was sent outside its window`]),
        ...(early ? [`3: ${rollout} began in a window that was open when it was made`] : []),
      ];
    },
  };
}
