/**
 * The fewest API calls that this design could do a rollout with: each chunk sent once, read once when it is
 * done, and its gate, intent, result and tally stored once. A yardstick that knows nothing of the product.
 */
import { HOSTS_PER_PAGE } from '#aws/commands.ts';
import { chunkSizes, MAX_CHUNK_SIZE, planBatches } from '#core/batches.ts';

/** Queries for the policies, the conditional write of the target, the start of the machine. */
const START = 3 + 1 + 1;
/** A consistent read of the gate, a write of the intent, one of the result. */
const STORE_PER_PHASE = 3;
/** SendCommand, and ListCommandInvocations once it has ended. */
const SSM_PER_PHASE = 2;
/**
 * Beyond the floor, so that a rollout lives through anything: the gate is read before the answers are taken as
 * well, and the command's id is stored after it was sent.
 */
const SAFE_PER_PHASE = 2;
/** An event finds the token that waits for it, and completes it. */
const CALLS_PER_EVENT = 2;
/** BatchWriteItem takes 25. */
const HOST_ROWS_PER_WRITE = 25;

export interface Played {
  hosts: number;
  batches: readonly (number | string)[];
  /** Those that were opened before the rollout ended; default all. */
  openedBatches?: number;
  /** With a host that has to be brought back by a command. */
  chunksBroughtBack: number;
  soaks: boolean;
  /** SSM's events arrive; false: every one is lost. */
  eventsCome: boolean;
}

export interface Floor {
  ssm: number;
  all: number;
  /** The floor, with what safety and events ask for besides. */
  design: number;
  chunks: number;
}

export function floorOf(played: Played): Floor {
  const { hosts, batches, soaks, chunksBroughtBack, eventsCome } = played;
  const opened = planBatches(batches, hosts).slice(0, played.openedBatches);
  const chunks = opened.flatMap((size) => chunkSizes(size, MAX_CHUNK_SIZE)).length;
  const touched = opened.reduce((sum, size) => sum + size, 0);
  const phases = chunks * (soaks ? 2 : 1) + chunksBroughtBack;
  const ssm = Math.ceil(hosts / HOSTS_PER_PAGE) + phases * SSM_PER_PHASE;
  const tallies = chunks;
  const hostRows = Math.ceil(touched / HOST_ROWS_PER_WRITE);
  const store = phases * STORE_PER_PHASE + tallies + opened.length + hostRows;
  const all = START + ssm + store;
  const beyond = SAFE_PER_PHASE + (eventsCome ? CALLS_PER_EVENT : 0);
  return { ssm, all, design: all + phases * beyond, chunks };
}
