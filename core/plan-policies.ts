/**
 * What a deployment does to the stored policies: writes what is new or says something else, removes what
 * the stack wrote and has no file any more, or is refused with every reason at once, before anything is
 * written. What was made elsewhere is left alone, whatever the files say.
 */
import type { CheckedPolicy } from './judge-policies.ts';
import type { Policy } from './policy.ts';
import { describeClaim, listClaims } from './policy-claims.ts';
import { isOpen, type RolloutStatus } from './status.ts';
import { type HeldPolicy, isHeld, type StoredPolicy, storedPolicy } from './stored-policy.ts';

/** The active rollout of a target of a policy that is to be removed. */
export type ActiveRollout =
  /** `pending` where its record is still to be made from the target. */
  | { policy: string; title: string; rollout: string; status: RolloutStatus }
  /** Nobody can say whether there is one. */
  | { policy: string; problem: string };

interface UnreadablePolicy {
  policy: string;
  problem: string;
}

export interface StoredPolicies {
  held: readonly HeldPolicy[];
  /** Items that say too little to be written over. */
  unreadable: readonly UnreadablePolicy[];
  /** Of those made elsewhere that can be used: what they are. */
  elsewhere: readonly Policy[];
}

export type PolicyPlan =
  | { ok: true; removals: HeldPolicy[]; writes: StoredPolicy[] }
  | { ok: false; reasons: string[] };

/** What the stack once wrote, and has no document any more. */
export function listGone(
  held: readonly HeldPolicy[],
  checked: readonly CheckedPolicy[],
): HeldPolicy[] {
  const ids = new Set(checked.map(({ policy }) => policy.id));
  return held.filter(({ policy, source }) => source === 'stack' && !ids.has(policy));
}

export function planPolicies(
  checked: readonly CheckedPolicy[],
  stored: StoredPolicies,
  active: readonly ActiveRollout[],
  nowMs: number,
): PolicyPlan {
  const heldById = new Map(stored.held.map((one) => [one.policy, one]));
  const reasons = [
    ...checked.flatMap(({ policy: { id } }) => refuseId(id, heldById.get(id), stored.unreadable)),
    ...listElsewhereClaims(checked, stored.elsewhere),
    ...active.flatMap(refuseRemoval),
  ];
  if (reasons.length > 0) return { ok: false, reasons };
  const writes = checked
    .map(({ policy, document }) => storedPolicy(policy, document, heldById.get(policy.id), nowMs))
    .filter((one) => !isHeld(one, heldById.get(one.policy)));
  return { ok: true, removals: listGone(stored.held, checked), writes };
}

function refuseId(
  id: string,
  held: HeldPolicy | undefined,
  unreadable: readonly UnreadablePolicy[],
): string[] {
  if (held?.source === 'api') {
    return [
      `${id}: a policy of this id was made elsewhere, and a deployment does not write over it; give this one another id, or delete that one first`,
    ];
  }
  return unreadable
    .filter(({ policy }) => policy === id)
    .map(
      ({ problem }) =>
        `${id}: ${problem}; nobody can say whose it is: delete its item spec from the table of policies, then deploy again`,
    );
}

function listElsewhereClaims(
  checked: readonly CheckedPolicy[],
  elsewhere: readonly Policy[],
): string[] {
  const policies = checked.map(({ policy }) => policy);
  const ids = new Set(policies.map(({ id }) => id));
  const others = elsewhere.filter(({ id }) => !ids.has(id));
  return listClaims(policies, others).map(
    ({ index, ...claim }) => `${policies[index]?.id}: ${describeClaim(claim)}`,
  );
}

/** What a rollout has begun ends by its policy's rules; a policy that is removed under it could not be put right. */
function refuseRemoval(active: ActiveRollout): string[] {
  const gone = `${active.policy}: its file is gone, but`;
  const mend = 'then deploy again; or put the file back';
  if ('problem' in active) {
    return [
      `${gone} nobody can say whether a rollout is under way: ${active.problem}; mend the item, ${mend}`,
    ];
  }
  if (!isOpen(active.status)) return [];
  return [
    `${gone} ${active.title} (${active.rollout}) is ${active.status}; wait for its end, or end it, ${mend}`,
  ];
}

/** CloudFormation shows about this much of why a deployment failed, and nothing of a longer answer. */
const SHOWN_CHARACTERS = 2000;

/** The reasons as a person reads them beside the deployment. */
export function describeRefusal(reasons: readonly string[]): string {
  const lines: string[] = [];
  let left = SHOWN_CHARACTERS;
  for (const reason of reasons) {
    left -= reason.length;
    if (left < 0 && lines.length > 0) break;
    lines.push(reason.slice(0, SHOWN_CHARACTERS));
  }
  const more = reasons.length - lines.length;
  return [
    'the policies are refused, and nothing was written:',
    ...lines,
    ...(more > 0 ? [`… and ${more} more, in the log`] : []),
  ].join('\n');
}
