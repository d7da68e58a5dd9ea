/**
 * Under `max_unavailable` a chunk begins only while fewer than may be at work have begun and are not recorded: also
 * where a chunk's machine is gone, so that whoever was touched is heard and counted before others are.
 */
import type { Chunk } from '#core/chunk.ts';
import type { Rollout } from '#core/rollout.ts';
import type { Check } from './check.ts';
import type { Mirror } from './mirror.ts';

const HOSTS_OF_A_CHUNK = 50;

export const oneByOne: Check = {
  name: '2',
  begin: ({ mirror, report }) => ({
    onWrite: ({ kind, before, after }) => {
      if (kind !== 'chunk' || after === undefined) return;
      const rollout = mirror.rollout(after.rollout);
      const most = mostChunks(rollout);
      if (rollout === undefined || most === undefined) return;
      const begins = hasBegun(after, rollout) && intendsUpdate(after, before);
      if (!begins || (before !== undefined && hasBegun(before, rollout))) return;
      const others = mirror
        .chunksOf(after.rollout)
        .filter((chunk) => chunk.item !== after.item && chunk.batch === after.batch)
        .filter((chunk) => hasBegun(chunk, rollout) && !isCounted(mirror, chunk, rollout));
      if (others.length < most) return;
      const names = others.map(({ item }) => item).join(', ');
      report(`${after.item} of ${after.rollout} begins, though ${names} is not recorded`);
    },
  }),
};

function mostChunks(rollout: Rollout | undefined): number | undefined {
  const hosts = rollout?.settings.max_unavailable;
  return hosts === undefined ? undefined : Math.max(1, Math.floor(hosts / HOSTS_OF_A_CHUNK));
}

/** What an earlier round sent may be waited for; it touches nobody anew. */
function intendsUpdate({ commands }: Chunk, before: Chunk | undefined): boolean {
  const known = new Set(before?.commands.map(({ step }) => step));
  return commands.some(({ action, step }) => action === 'update' && !known.has(step));
}

function hasBegun({ round, hosts }: Chunk, rollout: Rollout): boolean {
  return round === rollout.round && hosts.some(({ attempts }) => attempts > 0);
}

function isCounted(mirror: Mirror, { rollout, batch, chunk }: Chunk, { round }: Rollout): boolean {
  return mirror
    .talliesOf(rollout)
    .some((tally) => tally.batch === batch && tally.chunk === chunk && tally.round >= round);
}
