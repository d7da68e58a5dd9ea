/** What a killed command left open, first thing in every `update` and `restore`. */
import { damaged, type Ending, failed } from './ending.ts';
import type { Journal } from './host-state.ts';
import { after, type Steps } from './point.ts';
import { commit, recordRestore, undo } from './settle.ts';
import { forget, goBack, resume } from './swap.ts';
import type { Work } from './work.ts';

/** `resumed`: this command is that one, and goes on from there. */
export interface Recovery {
  readonly ending?: Ending;
  readonly resumed?: 'verifying' | 'committed' | 'undone' | 'restored';
}

export function* recover(work: Work): Steps<Recovery> {
  const { slot } = work.ground;
  const { journal } = slot;
  if (slot.damaged.has('journal')) return { ending: damaged('journal') };
  if (journal === undefined) return {};
  work.phase = 'recover';
  const { command } = work;
  if (journal.owner !== command.owner) return { ending: damaged('journal') };
  const { ref, mode, id, kept, policy, fresh, why, owner, gen } = journal;
  Object.assign(work, { ref, mode, id, kept, policy, fresh, why, putBy: { owner, gen } });
  const recovery = yield* settle(work, journal);
  if (recovery.ending || recovery.resumed) return recovery;
  slot.journal = undefined;
  yield after('closed');
  Object.assign(work, {
    ref: command.ref ?? '',
    mode: command.mode,
    id: undefined,
    kept: '',
    policy: 'no',
    fresh: undefined,
    why: '',
    closes: false,
    healthy: false,
    putBy: { owner: command.owner, gen: command.gen },
  } satisfies Partial<Work>);
  return {};
}

function* settle(work: Work, journal: Journal): Steps<Recovery> {
  const { slot } = work.ground;
  const { command } = work;
  const isMine =
    journal.op === command.op && journal.gen === command.gen && journal.step === command.step;
  switch (journal.phase) {
    case 'prepared':
      forget(slot);
      return {};
    case 'verifying':
      if (!isSame(work, journal) || !resume(work)) return yield* undoLeft(work);
      work.changed = true;
      work.old = work.kept;
      return { resumed: 'verifying' };
    case 'swapping':
      return yield* undoLeft(work);
    case 'undoing': {
      const { ending } = yield* undoLeft(work);
      if (ending) return { ending };
      return isMine ? { resumed: 'undone' } : {};
    }
    case 'committing':
      work.healthy = journal.healthy;
      resume(work);
      yield* commit(work);
      return isMine ? { resumed: 'committed' } : {};
    case 'restoring':
      work.changed = true;
      if (!(yield* goBack(work, 'restore'))) {
        return { ending: failed(41, `rollback_failed: ${work.why}`) };
      }
      yield* recordRestore(work);
      return isMine ? { resumed: 'restored' } : {};
  }
}

/** The same image of the same generation: another attempt at it goes on with what runs already. */
function isSame({ command }: Work, journal: Journal): boolean {
  return (
    journal.op === 'update' &&
    journal.mode === command.mode &&
    journal.gen === command.gen &&
    journal.ref === command.ref
  );
}

function* undoLeft(work: Work): Steps<Recovery> {
  work.changed = true;
  const reason = work.why;
  const ending = yield* undo(work, reason);
  work.why = reason;
  return ending ? { ending } : {};
}
