/**
 * An approval is bound to the plan that its asker saw, and is another person's than the one who asked for the rollout,
 * where the policy wants that. What a person decides about a rollout that sleeps is not left until it wakes.
 */
import * as z from 'zod';
import type { Rollout } from '#core/rollout.ts';
import type { Check, Context } from './check.ts';
import type { Write } from './item-kinds.ts';

const Asked = z.object({ asked: z.object({ action: z.literal('approve'), plan: z.string() }) });
/** Eight sweeps: an outage may keep three from their work, and some of them may die. */
const TAKEN_WITHIN_MS = 2 * 60 * 60_000;
/** One call of a sweep and the next: what is further apart is another sweep. */
const SWEEP_MS = 5 * 60_000;

interface Asleep {
  rollout: string;
  sinceMs: number;
  /** The first sweep since. Where none comes for hours, it is the first that mends it. */
  sweptAtMs: number | undefined;
}

export const askedForThis: Check = {
  name: '11, 12',
  begin: (context) => {
    const asleep = new Map<string, Asleep>();
    return {
      onWrite: (write) => {
        if (write.kind !== 'meta' || write.after === undefined) return;
        judge(context, write, write.after);
        noteAsleep(write.after, write.atMs, asleep);
      },
      onCall: ({ caller, atMs }) => {
        if (!caller?.functionName.endsWith('-sweep')) return;
        for (const one of asleep.values()) {
          const { rollout, sinceMs } = one;
          one.sweptAtMs ??= atMs;
          const isFirst = atMs - one.sweptAtMs < SWEEP_MS;
          if (isFirst || atMs - sinceMs < TAKEN_WITHIN_MS) continue;
          asleep.delete(rollout);
          context.report(`${rollout} sleeps on, and was decided about hours ago`);
        }
      },
    };
  },
};

function judge({ report }: Context, { before, call }: Write, after: Rollout): void {
  const wasDecided = (before as Rollout | undefined)?.decision !== undefined;
  if (wasDecided || after.decision?.action !== 'approve') return;
  const asked = Asked.safeParse(call.caller?.payload);
  if (asked.success && asked.data.asked.plan !== after.plan_hash) {
    report(`${after.rollout} is approved, and another plan was seen`);
  }
  const { by } = after.decision;
  if (by === after.requested?.by && !after.settings.approval.requester_may_approve) {
    report(`${after.rollout} is approved by ${by}, who asked for it`);
  }
}

function noteAsleep(
  { rollout, status, decision }: Rollout,
  atMs: number,
  asleep: Map<string, Asleep>,
): void {
  const isLeft = status === 'awaiting_window' && decision !== undefined;
  if (!isLeft) asleep.delete(rollout);
  else if (!asleep.has(rollout)) {
    asleep.set(rollout, { rollout, sinceMs: atMs, sweptAtMs: undefined });
  }
}
