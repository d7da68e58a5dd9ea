/**
 * When faults have stopped and a sweep has run, a target is a function of the registry and of the decisions in the
 * logs: it has seen its policy's best image; it desires what its last rollout came to; and where that is not the best
 * image, a decision says why: a rollout of it that did not complete, a denial, a person's own choice.
 *
 * The model reads the registry itself, and leaves out what it does not read: other registries than the own, globs of
 * repositories that no target knows, orders of tags but newest-push and plain versions, filters, ignored tags, ages,
 * ranges, pins; and what a policy was before it was last written.
 */
import type { Rollout } from '#core/rollout.ts';
import { isOpen } from '#core/status.ts';
import type { Target } from '#core/target.ts';
import { bestImage, fingerprint, readWish, type Wish } from './best-image.ts';
import type { Check, Context } from './check.ts';
import type { Write } from './item-kinds.ts';
import { isRecord } from './wire-item.ts';

interface Swept {
  requestId: string | undefined;
  /** The registry and the policies, as the last sweep found them. */
  registry: string;
  changed: Set<string>;
  /** By target, what was best when it was met: no rollout was asked for. */
  met: Map<string, string>;
  /** Policies that once said that newer images are to be ignored. */
  ignoring: Set<string>;
}

export const levelTriggered: Check = {
  name: '8',
  begin: (context) => {
    const swept: Swept = {
      requestId: undefined,
      registry: '',
      changed: new Set(),
      met: new Map(),
      ignoring: new Set(),
    };
    return {
      onCall: ({ caller }) => {
        if (!caller?.functionName.endsWith('-sweep') || caller.requestId === swept.requestId)
          return;
        swept.requestId = caller.requestId;
        swept.registry = fingerprint(context.cloud);
        swept.changed.clear();
      },
      onWrite: (write) => noteWrite(write, swept),
      atRest: () => {
        if (swept.requestId === undefined || swept.registry !== fingerprint(context.cloud)) return;
        for (const { policy, document } of context.mirror.specs.values()) {
          const wish = readWish(document);
          if (wish !== undefined && !swept.changed.has(policy)) {
            judgePolicy(context, policy, wish, swept);
          }
        }
      },
    };
  },
};

function noteWrite({ kind, before, after }: Write, { changed, met, ignoring }: Swept): void {
  if (kind === 'spec') {
    changed.add(after?.policy ?? before?.policy ?? '');
    const document = after?.document;
    const isIgnoring = isRecord(document) && document['on_newer'] === 'ignore';
    if (isIgnoring) ignoring.add(after?.policy ?? '');
  }
  // Whoever decides by hand decides after the sweep.
  if (kind === 'meta' && after !== undefined && before?.status !== after.status) {
    changed.add(after.policy);
  }
  if (kind === 'target' && before === undefined && after?.active === undefined) {
    met.set(`${after?.policy} ${after?.repository}`, after?.seen.digest ?? '');
  }
}

function judgePolicy(context: Context, policy: string, wish: Wish, { met, ignoring }: Swept): void {
  const targets = [...context.mirror.targets.values()].filter((one) => one.policy === policy);
  const own = targets.filter(({ repository }) => wish.repository.test(repository));
  const best = (repository: string) => bestImage(context.cloud, repository, wish);
  const { name } = wish;
  if (name !== undefined && own.length === 0 && best(name) !== undefined) {
    context.report(`${policy} has no target for ${name}`);
  }
  for (const target of own) {
    const digest = best(target.repository);
    if (digest === undefined) continue;
    const place = `${policy} ${target.repository}`;
    judgeTarget(context, target, digest, { met: met.get(place), isIgnoring: ignoring.has(policy) });
  }
}

/** Nothing, where what was desired before is denied: a return to an earlier image came to nothing. */
function before({ previous: { digest } }: Rollout, { denied }: Target): string {
  const isDenied = denied.some((one) => one.digest === digest && one.lifted === undefined);
  return isDenied ? '' : digest;
}

function judgeTarget(
  { mirror, report }: Context,
  target: Target,
  best: string,
  { met, isIgnoring }: { met: string | undefined; isIgnoring: boolean },
): void {
  const name = `${target.policy} for ${target.repository}`;
  const own = [...mirror.rollouts.values()]
    .filter(
      ({ policy, repository }) => policy === target.policy && repository === target.repository,
    )
    .toSorted((one, other) => one.generation - other.generation);
  const last = own.at(-1);
  const isActive = last !== undefined && target.active?.rollout === last.rollout;
  const isWaiting = target.waiting_digest === best && isActive && isOpen(last.status);
  if (target.seen.digest !== best && !isWaiting) {
    report(`${name} has seen ${target.seen.digest || 'nothing'}, and ${best} is best`);
  }
  if (last === undefined) return;
  const isThere = isOpen(last.status) ? !target.rolling_back : last.status.startsWith('completed');
  const desired = isThere ? last.image.digest : before(last, target);
  if (target.desired.digest !== desired) {
    report(`${name} desires ${target.desired.digest}, and ${last.rollout} is ${last.status}`);
  }
  if (desired === best || isWaiting || met === best || last.requested !== undefined) return;
  const isDenied = target.denied.some(({ digest }) => digest === best);
  const wasTried = own.some(({ image }) => image.digest === best);
  const isIgnored = isIgnoring || own.some(({ settings }) => settings.on_newer === 'ignore');
  if (!isDenied && !wasTried && !isIgnored) {
    report(`${name} desires ${desired}, ${best} is best, and nobody decided against it`);
  }
}
