/**
 * A wrong check does not roll back a fleet: where two hosts of a batch had an old container that fails the same check,
 * a person is asked. And what a person wants tried again is tried again, before the batch is judged anew.
 */
import type { Rollout } from '#core/rollout.ts';
import type { Check, Context } from './check.ts';

const BASELINE_UNHEALTHY = 45;

export const judgedAnew: Check = {
  name: '2',
  begin: (context) => ({
    onWrite: ({ kind, before, after }) => {
      if (kind !== 'meta' || before === undefined || after === undefined) return;
      if (before.batch !== after.batch || before.batch_judged) return;
      const goesBack = after.decision?.action === 'roll_back' && after.decision.by === 'longshore';
      const isStopped =
        after.status === 'held' && /failure rate|no answer/.test(after.hold?.reason ?? '');
      const isNew = before.decision === undefined && before.status !== 'held';
      if (!isNew || (!after.batch_judged && !goesBack && !isStopped)) return;
      judge(context, after, goesBack);
    },
  }),
};

function judge({ mirror, report }: Context, rollout: Rollout, goesBack: boolean): void {
  const chunks = mirror.chunksOf(rollout.rollout).filter(({ batch }) => batch === rollout.batch);
  // What an earlier round left, and this one has not tried again, is not what is judged.
  const tried = chunks.filter(({ round }) => round >= rollout.round);
  const baseline = tried
    .flatMap((chunk) => chunk.hosts)
    .filter(({ status, code }) => status === 'failed' && code === BASELINE_UNHEALTHY).length;
  if (baseline >= 2 && (goesBack || rollout.batch_judged) && !rollout.batch_waived) {
    report(`${rollout.rollout} was judged, and on ${baseline} hosts the old container fails too`);
  }
  // Some may be left: the gate closes at the first ones that fail again.
  const troubled = chunks.filter(({ hosts: own }) =>
    own.some(({ status }) => /failed|unknown/.test(status)),
  );
  if (troubled.length > 0 && troubled.every(({ round }) => round < rollout.round)) {
    report(`${rollout.rollout} was judged, and was not tried again`);
  }
}
