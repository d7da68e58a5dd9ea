/**
 * An execution's history stays far below what the service keeps (25,000 events); that of a plain rollout, without a
 * retry, a wait for a person or a way back, under 110 events at 3 batches, some 25 for each further batch and 7 for
 * each further stretch of planning. What passes between states stays under 64 KiB, an item under 150 KB.
 */
import type { Transition } from '#local/step-functions/model.ts';
import type { Check, Context } from './check.ts';
import { isRecord } from './wire-item.ts';

const ITEM_BYTES = 150 * 1024;
const PAYLOAD_CHARACTERS = 64 * 1024;
const EVENTS = 5_000;
/** Who is behind asks again until its own clock has come to what it waits for; here a round takes no time. */
const EVENTS_A_SKEWED_MS = 2;
const PLAIN_EVENTS = 110;
const EVENTS_A_BATCH = 25;
const EVENTS_A_TURN = 7;

const PLAIN_STATES: ReadonlySet<string> = new Set([
  'Plan rollout',
  'What was planned?',
  'Open batch',
  'Is the batch open?',
  'Update batch',
  'Judge batch',
  'How did the batch go?',
  'Wait for next batch',
  'Close rollout',
  'Is it closed?',
  'Rollout closed',
]);

interface Walk {
  isPlain: boolean;
  visits: Map<string, number>;
  /** Events whose payloads were looked at. */
  seen: number;
  isTold: boolean;
}

export const smallEnough: Check = {
  name: '14',
  begin: (context) => {
    const walks = new Map<string, Walk>();
    return {
      onWrite: ({ bytes, after, kind }) => {
        if (bytes <= ITEM_BYTES || !isRecord(after)) return;
        context.report(`${kind} ${String(after['item'])} has ${bytes} bytes`);
      },
      onTransition: (transition) => {
        const walk = walks.get(transition.executionArn) ?? {
          isPlain: true,
          visits: new Map<string, number>(),
          seen: 0,
          isTold: false,
        };
        walks.set(transition.executionArn, walk);
        judge(context, transition, walk);
      },
    };
  },
};

function judge(
  { cloud, limits, report }: Context,
  { executionArn, to, by }: Transition,
  walk: Walk,
): void {
  walk.visits.set(to, (walk.visits.get(to) ?? 0) + 1);
  const isAstray = by === 'retry' || by === 'catch' || by === 'redrive';
  if (isAstray || !PLAIN_STATES.has(to)) walk.isPlain = false;
  const history = cloud.stepFunctions.history(executionArn);
  const most = walk.isPlain ? mostEvents(walk) : EVENTS + limits.skewMs * EVENTS_A_SKEWED_MS;
  if (history.length > most && !walk.isTold) {
    walk.isTold = true;
    report(`${executionArn} has ${history.length} events, ${most} at most`);
  }
  for (; walk.seen < history.length; walk.seen += 1) {
    const characters = payloadOf(history[walk.seen]);
    if (characters <= PAYLOAD_CHARACTERS) continue;
    report(`${executionArn} passes ${characters} characters on its way to ${to}`);
  }
}

function mostEvents({ visits }: Walk): number {
  const batches = Math.max(3, visits.get('Judge batch') ?? 0);
  const turns = Math.max(1, visits.get('Plan rollout') ?? 0);
  return PLAIN_EVENTS + (batches - 3) * EVENTS_A_BATCH + (turns - 1) * EVENTS_A_TURN;
}

/** The longest text of an event's details: its input, output, or what a task was called with. */
function payloadOf(event: unknown): number {
  let longest = 0;
  if (!isRecord(event)) return longest;
  for (const details of Object.values(event)) {
    if (!isRecord(details)) continue;
    for (const text of [details['input'], details['output'], details['parameters']]) {
      if (typeof text === 'string') longest = Math.max(longest, text.length);
    }
  }
  return longest;
}
