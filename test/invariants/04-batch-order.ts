/**
 * The first intent of a batch follows the judgement of the one before, with an end for each of its hosts, after the
 * time that the policy lets pass between two (I13).
 */
import { isFinalHost } from '#core/status.ts';
import type { Check, Context } from './check.ts';
import type { Write } from './item-kinds.ts';

export const batchAfterBatch: Check = {
  name: '4, I13',
  begin: (context) => ({
    onWrite: (write) => {
      judgeOpening(context, write);
      judgeIntent(context, write);
    },
  }),
};

function judgeOpening(
  { limits, mirror, report }: Context,
  { kind, before, after, atMs }: Write,
): void {
  if (kind !== 'meta' || after === undefined) return;
  const last = before?.batch ?? -1;
  if (after.batch === last) return;
  const title = `batch ${after.batch + 1} of ${after.rollout}`;
  if (after.batch !== last + 1) report(`${title} follows batch ${last + 1}`);
  if (last === -1 || before === undefined) return;
  if (!before.batch_judged) report(`${title} opened, and the one before was not judged`);
  if ((before.next_batch_at_ms ?? 0) > atMs + limits.skewMs)
    report(`${title} opened before its time`);
  const hosts = mirror
    .chunksOf(after.rollout)
    .filter(({ batch }) => batch === last)
    .flatMap((chunk) => chunk.hosts);
  const ended = hosts.filter(({ status, phase }) => isFinalHost(status) && phase === 'done').length;
  const planned = before.plan?.batches[last]?.hosts ?? 0;
  if (ended < planned) report(`${title} opened with ${ended} of ${planned} hosts at their end`);
}

function judgeIntent({ mirror, report }: Context, { kind, before, after, call }: Write): void {
  if (kind !== 'chunk' || after === undefined) return;
  const known = before?.commands.length ?? 0;
  if (!after.commands.slice(known).some(({ action }) => action === 'update')) return;
  const since = mirror.rolloutsSince(after.rollout, mirror.beganAtMs(call));
  if (!since.some((rollout) => rollout?.batch === after.batch)) {
    report(`${after.rollout} intends an update in batch ${after.batch + 1}, which is not open`);
  }
}
