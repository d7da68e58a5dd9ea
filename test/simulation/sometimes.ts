import { allStates } from '#test/races/states.ts';

/**
 * What a run must have reached: every fault of the list that the simulator holds itself to (docs/simulation.md
 * has it, with the numbers), and every way back from one. Each stands for counters, of which one at least has to
 * have counted.
 */

export interface Sometimes {
  what: string;
  /** A counter's name, or how it begins. */
  counters: readonly string[];
}

const fault = (what: string, ...counters: string[]): Sometimes => ({ what, counters });

export const FAULTS: Readonly<Record<number, Sometimes>> = {
  1: fault('an event is doubled', 'event_doubled'),
  2: fault('an event is lost', 'event_lost'),
  3: fault('events change places', 'events changed places'),
  4: fault('a lambda dies before its command', 'died between an intent and its command'),
  5: fault('a lambda dies before it has the id', 'died between a command and its id'),
  6: fault('a lambda dies between two writes', 'died between two writes'),
  7: fault('a lambda runs twice at once', 'a lambda ran twice at once'),
  8: fault('a lambda times out in a call that succeeds', 'a lambda timed out in a call'),
  9: fault('the table throttles', 'throttled: dynamodb'),
  10: fault('an index is behind', 'stale_index'),
  11: fault('SSM throttles', 'throttled by SSM'),
  12: fault('a command is sent twice', 'a command was sent twice'),
  13: fault('a delivery times out', 'SSM: DeliveryTimedOut'),
  14: fault('an execution times out', 'SSM: ExecutionTimedOut'),
  15: fault('a command comes after a newer one', 'update: refused 12', 'restore: refused 12'),
  16: fault('a reply is lost or cut', 'a reply was lost or cut'),
  17: fault('a host is offline for hours', 'offline for hours'),
  18: fault('a host reboots at work', 'reboot at work'),
  19: fault('an agent runs a document again', 'a document was run again after a reboot'),
  20: fault('a host is replaced', 'a host was replaced'),
  21: fault('a clock of a host is ahead', 'a clock ahead refused a command'),
  22: fault('the registry is out', 'refused in an outage: registry'),
  23: fault('a disk is full', 'update: failed 32'),
  24: fault('Docker is down', 'update: failed 30', 'restore: failed 30'),
  25: fault('an image dies later', 'a container died later'),
  26: fault('the health flaps', 'a container was well again'),
  27: fault('the old container fails the check too', 'update: refused 45'),
  28: fault('somebody changes a container', 'by hand: run'),
  29: fault('a port is taken', 'a taken port kept a container out'),
  30: fault('a newer push takes over in a batch', 'in a batch: in_progress → superseded'),
  31: fault('two pushes in a second', 'two pushes in a second'),
  32: fault('an old image is pushed again', 'push: an old image again'),
  33: fault(
    'an approval is double or of another plan',
    'answered twice',
    'answered to another plan',
  ),
  34: fault('a window closes in a batch', 'in a batch: in_progress → awaiting_window'),
  35: fault('a pause', 'paused from '),
  36: fault('a Stop in the console', 'Stop, done'),
  37: fault('a policy is edited', 'a policy was edited'),
  38: fault('a host loses its tag and gets it back', 'a host got its tag back'),
  39: fault('a policy is poison', 'a poison policy'),
  40: fault('a freeze is set while a rollout is on its way', 'a freeze made a rollout wait'),
  41: fault('a way back fails', 'restore: failed 41', 'host record: rollback_failed'),
  42: fault('a message is seen again meanwhile', 'a message was seen meanwhile'),
  44: fault('a host loses its state', 'a fence was lost'),
  45: fault('two stacks want one host', 'a host refused the other stack'),
};

/** Entries of the list that are not played, and why: docs/simulation.md. */
export const NOT_PLAYED: readonly number[] = [43];

const BRANCHES: readonly Sometimes[] = [
  fault('a rollout of the second stack waits for a person', 'second stack: held'),
  fault('clocks of lambdas differ', 'a log went back in time'),
  fault('a clock behind takes a command too late', 'a clock behind took a command too late'),
  fault('only the fence refuses it', 'only the fence refused a command that came too late'),
  fault('a race is lost', 'a race was lost'),
  fault('a chunk waits for the end of a long outage', 'a chunk waited for lambda'),
  fault('a chunk is left by its machine', 'a chunk was left by its machine: chunk_steps'),
  fault('a policy is removed', 'a policy was removed'),
  fault('a Redrive in the console', 'Redrive, done'),
  fault('an execution is started by hand', 'Start by hand, done'),
  fault('a step finds its command sent', 'a step found its command sent'),
  fault('a step finds its command not sent', 'a step found its command not sent'),
  fault('a retry loses the condition of its own write', 'a retry lost its own condition'),
  fault('an execution is there already', 'the execution existed'),
  fault('a fresh execution goes on', 'run + 1 by '),
  fault('a token is dead', 'a token was dead'),
  fault('a resume by redrive', 'a resume by redrive'),
  fault('an unknown host is resolved by status', 'an unknown host was resolved by status'),
  fault('a host that was asked stays unknown', 'a host that was asked stays unknown'),
  fault('a host answers from its memory', 'a host answered from its memory'),
  fault('a threshold closes the gate', 'log: the gate of the batch closes'),
  fault('a rollout goes back by itself', 'log: the rollout goes back'),
  fault('a host undoes its swap', 'a container started by undo'),
  fault('a host is restored', 'restore: restored 0'),
  fault('a restore has nothing to change', 'restore: unchanged 0'),
  fault('SSM knows a host of a chunk no more', 'SSM knew a host no more'),
  fault('a push waits for the end of another', 'considered: wait'),
  fault('a push takes over', 'considered: supersede'),
  fault('a tag is gone', 'log: tag is gone'),
  fault('a fault of an execution is a hold', 'log: found held', 'log: the rollout is held'),
  fault('a Stop is a pause', 'log: found paused', 'log: the rollout is paused'),
  fault('an approval expires', 'awaiting_approval → expired'),
  fault('a rollout of the past goes back', 'completed → rolling_back'),
  fault('the sweep looks at repositories (a)', 'sweep (a)'),
  fault('the sweep ensures a start (b)', 'sweep (b)'),
  fault('the sweep finds an execution ended (c)', 'log: found paused', 'log: found held'),
  fault(
    'the sweep runs again what ended too early',
    'log: the execution ended, the rollout had not',
  ),
  fault('the sweep ends a wait for a window', 'log: the wait for the window is over'),
  fault('the sweep expires an approval (d)', 'sweep (d)'),
  fault('the sweep frees a target (e)', 'sweep (e)'),
  fault('the sweep names a wait that is long over (f)', 'log: the rollout is overdue'),
  fault('the sweep publishes what is owed (g)', 'sweep (g)'),
  fault('the sweep announces what nobody was told of (h)', 'log: nobody was told'),
  fault('a topic refuses a notice', 'log: a topic refused a notice'),
  fault('a topic does not take a notice', 'log: a topic did not take a notice'),
];

/** Fewer seeds need not have reached everything. */
export const ENOUGH_SEEDS = 1_000;

/** What no counter speaks of, in words. */
export function notReached(counters: ReadonlyMap<string, number>): string[] {
  const names = [...counters.keys()];
  const isReached = (one: Sometimes) =>
    one.counters.some((begin) => names.some((name) => name.startsWith(begin)));
  return [...Object.values(FAULTS), ...BRANCHES]
    .filter((one) => !isReached(one))
    .map(({ what }) => what)
    .concat(allStates().filter((state) => !counters.has(`state: ${state}`)));
}
