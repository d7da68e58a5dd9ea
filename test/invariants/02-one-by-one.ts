/**
 * Under `max_unavailable` a chunk begins, in whichever round, only while fewer than may be at work have begun and are not
 * recorded: also where a chunk's machine is gone, so that whoever was touched is heard and counted before others are.
 */
import { type Chunk, tallyItem } from '#core/chunk.ts';
import type { Rollout } from '#core/rollout.ts';
import type { Check } from './check.ts';

const HOSTS_OF_A_CHUNK = 50;

export const oneByOne: Check = {
  name: '2',
  begin: ({ mirror, report }) => {
    /** By chunk: the rollout's round when an update was last intended for it, or sent anew. */
    const begun = new Map<string, number>();
    const keyOf = ({ rollout, item }: Chunk) => `${rollout} ${item}`;
    const isUnheard = (other: Chunk) => {
      const round = begun.get(keyOf(other));
      const isCounted = mirror
        .talliesOf(other.rollout)
        .some(
          (one) => one.item === tallyItem(other.batch, other.chunk) && one.round >= (round ?? 0),
        );
      return round !== undefined && !isCounted;
    };
    return {
      onWrite: ({ kind, before, after }) => {
        if (kind !== 'chunk' || after === undefined || !intendsUpdate(after, before)) return;
        const rollout = mirror.rollout(after.rollout);
        const most = mostChunks(rollout);
        if (rollout === undefined || most === undefined) return;
        const isNew = begun.get(keyOf(after)) !== rollout.round;
        begun.set(keyOf(after), rollout.round);
        if (!isNew) return;
        const others = mirror
          .chunksOf(after.rollout)
          .filter((chunk) => chunk.item !== after.item && chunk.batch === after.batch)
          .filter(isUnheard);
        if (others.length < most) return;
        const names = others.map(({ item }) => item).join(', ');
        report(`${after.item} of ${after.rollout} begins, though ${names} is not recorded`);
      },
    };
  },
};

function mostChunks(rollout: Rollout | undefined): number | undefined {
  const hosts = rollout?.settings.max_unavailable;
  return hosts === undefined ? undefined : Math.max(1, Math.floor(hosts / HOSTS_OF_A_CHUNK));
}

/** What an earlier round sent may be waited for; it touches nobody anew, unless its time is given to it again. */
function intendsUpdate({ commands }: Chunk, before: Chunk | undefined): boolean {
  const known = new Map(before?.commands.map((one) => [one.step, one.deadline_at_ms]));
  return commands.some(
    ({ action, step, deadline_at_ms }) => action === 'update' && known.get(step) !== deadline_at_ms,
  );
}
