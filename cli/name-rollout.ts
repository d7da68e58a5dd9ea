/** The rollout that a person means: by its id, by `shop-web#3`, or by its policy alone. */
import { findByPolicy, findByStatus, findNumbered, parseRolloutId } from '#aws/find-rollouts.ts';
import type { Operations } from '#aws/operations.ts';
import { readRollout } from '#aws/rollout-store.ts';
import { type Rollout, rolloutTitle, standingOf } from '#core/rollout.ts';
import { isOpen, OPEN_STATUSES } from '#core/status.ts';
import { BadInputError } from './around.ts';

const POLICY = /^[a-z0-9-]{1,40}$/;
const NUMBERED = /^([a-z0-9-]{1,40}) ?#([1-9][0-9]{0,8})$/;
/** A policy has one rollout under way for each of its repositories. */
const NEWEST = 25;
const MOST_LISTED = 5;

export function isPolicyName(name: string): boolean {
  return POLICY.test(name) && parseRolloutId(name) === undefined;
}

/** What commands take for it: `shop-web#3`. */
export function shortName({ policy, number }: Rollout): string {
  return `${policy}#${number}`;
}

/** Throws BadInputError for a name that no rollout has, or several have. */
export async function readNamed(operations: Operations, name: string): Promise<Rollout> {
  const { store } = operations;
  const id = parseRolloutId(name);
  if (id !== undefined) {
    return only(
      operations,
      name,
      [await readRollout(store, id)].flatMap((one) => one ?? []),
    );
  }
  const [, policy, number] = NUMBERED.exec(name) ?? [];
  if (policy !== undefined) {
    return only(operations, name, await findNumbered(store, policy, Number(number)));
  }
  if (!POLICY.test(name)) {
    throw new BadInputError(
      `${name} names no rollout; give shop-web#3, a policy such as shop-web, or the id that "longshore get" shows`,
    );
  }
  return only(operations, name, meant(await findByPolicy(store, name, NEWEST)));
}

/** The only one that is under way; throws BadInputError where there is none, or a choice. */
export async function readOnlyOpen(operations: Operations): Promise<Rollout> {
  const found = await findByStatus(operations.store, OPEN_STATUSES, NEWEST);
  const open = found.filter((rollout) => isOpen(standingOf(rollout)));
  const [first] = open;
  if (first === undefined) {
    throw new BadInputError(
      'no rollout is under way; name one that has ended, or say what is awaited: longshore watch shop-web --image v2',
    );
  }
  if (open.length === 1) return first;
  throw new BadInputError(`several rollouts are under way; name one of ${list(open)}`);
}

/** Of a policy: those under way, else the newest. */
function meant(newestFirst: readonly Rollout[]): Rollout[] {
  const open = newestFirst.filter((rollout) => isOpen(standingOf(rollout)));
  return open.length > 0 ? open : newestFirst.slice(0, 1);
}

async function only(
  { stack, region }: Operations,
  name: string,
  found: readonly Rollout[],
): Promise<Rollout> {
  const [first] = found;
  if (first === undefined) {
    throw new BadInputError(
      `${stack} in ${await region()} has no rollout ${name}; "longshore get" lists what there is`,
    );
  }
  if (found.length === 1) return first;
  throw new BadInputError(`${name} may be any of several; name one of ${list(found)}`);
}

function list(rollouts: readonly Rollout[]): string {
  const shown = rollouts.slice(0, MOST_LISTED).map((rollout) => {
    const { repository, image } = rollout;
    return `${rollout.rollout} (${rolloutTitle(rollout)}, ${repository}:${image.tag})`;
  });
  const more = rollouts.length - shown.length;
  return `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
