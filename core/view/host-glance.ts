/** A chunk as the view needs it: a word for each host, and the reasons of those that need attention. */
import type { Chunk, HostRecord } from '#core/chunk.ts';

export const SHOWN_STATES = [
  'waiting',
  'updating',
  'verifying',
  'healthy',
  'failed',
  'unknown',
  'going back',
  'back',
  'not back',
  'skipped',
] as const;
export type ShownState = (typeof SHOWN_STATES)[number];

/** States that are told by the host's name. */
const TOLD: readonly ShownState[] = ['failed', 'unknown', 'back', 'not back'];

export interface TroubledHost {
  host: string;
  state: ShownState;
  /** Empty for a host that was healthy and went back with the others. */
  reason: string;
  /** The image from before runs again. */
  isBack: boolean;
}

export interface ChunkGlance {
  batch: number;
  chunk: number;
  states: readonly ShownState[];
  troubled: readonly TroubledHost[];
}

export function glanceAt(chunk: Chunk): ChunkGlance {
  return {
    batch: chunk.batch,
    chunk: chunk.chunk,
    states: chunk.hosts.map(showState),
    troubled: chunk.hosts.flatMap((host) => troubleOf(host) ?? []),
  };
}

function showState(host: HostRecord): ShownState {
  if (host.phase === 'restoring') return 'going back';
  switch (host.status) {
    case 'pending':
      return 'waiting';
    case 'completed':
      return 'healthy';
    case 'rolled_back':
      return 'back';
    case 'rollback_failed':
      return 'not back';
    default:
      return host.status;
  }
}

function troubleOf(host: HostRecord): TroubledHost | undefined {
  const seen = seeHost(host);
  return TOLD.some((told) => told === seen.state) ? seen : undefined;
}

/** As it is told, should it have to be. */
export function seeHost(host: HostRecord): TroubledHost {
  const isBack = host.digest_before !== '' && host.digest_after === host.digest_before;
  return { host: host.host, state: showState(host), reason: host.error, isBack };
}
