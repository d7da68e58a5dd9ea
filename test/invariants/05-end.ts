/**
 * In a final status every planned host has a final status, once what was open is settled; `completed` means that
 * each host itself reported the target digest.
 */
import type { Rollout } from '#core/rollout.ts';
import { isFinalHost } from '#core/status.ts';
import type { Check, Context } from './check.ts';

export const endedWhole: Check = {
  name: '5',
  begin: (context) => ({
    onWrite: ({ kind, after }) => {
      if (kind === 'meta' && after !== undefined) judge(context, after);
    },
    atRest: () => {
      for (const rollout of context.mirror.rollouts.values()) judge(context, rollout);
    },
  }),
};

function judge({ mirror, report }: Context, rollout: Rollout): void {
  const { rollout: id, status } = rollout;
  if (!rollout.settled && status !== 'completed') return;
  const records = mirror.chunksOf(id).flatMap(({ hosts }) => hosts);
  for (const host of records) {
    if (!isFinalHost(host.status)) report(`${host.host} is ${host.status} in ${id}, ${status}`);
  }
  if (status !== 'completed') return;
  const well = records.filter(
    (host) =>
      (host.status === 'completed' || host.status === 'skipped') &&
      host.digest_after === rollout.image.digest,
  );
  const planned = mirror.plansOf(id).flatMap(({ chunks }) => chunks.flat());
  if (well.length !== planned.length) {
    report(`${id} completed with ${well.length} of ${planned.length} hosts`);
  }
}
