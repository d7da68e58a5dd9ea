/**
 * That no update goes out which could change a host outside its policy's window or in a freeze, by the
 * policy as it was stored when the gate was read, and by another library's reading of the clock.
 */
import type { HostCommand } from '#core/host-command.ts';
import { StoredSchedule } from '#core/policy-window.ts';
import { openingsFrom } from '#test/core/temporal-openings.ts';

/** A gate may have been read open at most one lambda timeout before the send. */
const LAMBDA_TIMEOUT_MS = 60_000;

interface WindowWatch {
  onPolicy(item: Record<string, unknown>, atMs: number): void;
  judgeSend(command: HostCommand, atMs: number): string[];
}

export function watchWindows(): WindowWatch {
  const written = new Map<string, { item: unknown; fromMs: number; untilMs: number }[]>();
  return {
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
      return isInside ? [] : [`3: chunk ${chunk} of ${rollout} was sent outside its window`];
    },
  };
}
