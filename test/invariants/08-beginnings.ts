/**
 * What begins a rollout: an image that the target does not desire and has not seen, or that a person asked for. A
 * target that is met records what there is, unless its policy says otherwise; one that goes back is not taken over;
 * what needs an approval takes over only from what awaits one.
 */
import type { Target } from '#core/target.ts';
import type { ApiCall } from '#local/wire.ts';
import type { Check, Context } from './check.ts';

export const begunByNews: Check = {
  name: '8, I15',
  begin: (context) => ({
    onWrite: ({ kind, before, after, call }) => {
      if (kind !== 'target' || after?.active === undefined) return;
      if (before?.number === after.number) return;
      const wrong = judge(context, before, after.active, call);
      if (wrong !== undefined) context.report(`${after.active.rollout} began, and ${wrong}`);
    },
  }),
};

const OPEN = /^(pending|awaiting_approval|awaiting_window|in_progress|held|paused|rolling_back)$/;

function judge(
  { mirror }: Context,
  before: Target | undefined,
  { image, requested, lifted, settings, triggered_by }: NonNullable<Target['active']>,
  call: ApiCall,
): string | undefined {
  const isAsked = requested !== undefined || lifted !== undefined;
  if (before === undefined) {
    const isMet = settings.on_create === 'record' && triggered_by !== 'ecr' && !isAsked;
    return isMet ? 'its target was only met' : undefined;
  }
  const old = before.active;
  const beganAtMs = mirror.beganAtMs(call);
  const since = old === undefined ? [] : mirror.rolloutsSince(old.rollout, beganAtMs);
  const isOpen =
    old !== undefined && since.every((one) => one === undefined || OPEN.test(one.status));
  if (isOpen && before.rolling_back) return 'its target goes back';
  const awaits = since.some((one) => one?.status === 'awaiting_approval' || one === undefined);
  if (isOpen && settings.update_strategy === 'manual' && !awaits) return 'nobody approved it yet';
  if (isOpen && before.desired.digest === image.digest) return 'it is desired already';
  if (old === undefined && before.desired.digest === image.digest) return 'it is there already';
  const isPinned = settings.pinned_digest !== before.pinned_digest;
  const isSeen = before.seen.digest === image.digest;
  return isSeen && !isAsked && !isPinned ? 'its image was seen before' : undefined;
}
