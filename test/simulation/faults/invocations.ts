/** What befalls invocations: refused, dead before or after one of their calls, over for their caller only. */

import type { InvocationRequest } from '#local/lambda/functions.ts';
import type { InvocationFault } from '#local/lambda/invocation.ts';
import { memberOf } from '../ledger.ts';
import { OWN, type Stage } from '../stage.ts';
import type { Hits } from './hit.ts';

/** How many calls an invocation makes, most of the time: who sends commands reads, intends, sends, notes the id. */
const MOST_CALLS: readonly (readonly [RegExp, number])[] = [
  [/update-hosts|check-health|restore-hosts|restore-failed-hosts/, 5],
  [/consider-image|plan-rollout|close-rollout/, 12],
];
const USUAL_CALLS = 9;
/** What reads the answers, and counts them: hosts are at work, and nobody hears of it. */
const CHUNK_STEPS = /read-results|read-health|record-chunk/;

export function disturbInvocations(stage: Stage, hits: Hits): void {
  stage.cloud.functions.fault = (request) => {
    disturbMessages(stage, request, hits);
    return drawFault(stage, request, hits);
  };
}

function drawFault(
  { outages }: Stage,
  request: InvocationRequest,
  hits: Hits,
): InvocationFault | undefined {
  const name = nameOf(request);
  const share = hits.share(`call of ${name} ${request.earlier}`);
  const of = MOST_CALLS.find(([names]) => names.test(request.functionName));
  const most = of?.[1] ?? USUAL_CALLS;
  const call = 1 + Math.floor(share * most);
  if (outages.has('lambda') || hits('refused', name)) {
    return { kind: 'refused', errorName: 'Lambda.TooManyRequestsException' };
  }
  if (outages.has('chunk_steps') && CHUNK_STEPS.test(request.functionName)) {
    return { kind: 'refused', errorName: 'TypeError' };
  }
  if (hits('died', name)) {
    // Of its own: that of the call would let only every other call be the last one that took effect.
    const isBefore = hits.share(`way of ${name} ${request.earlier}`) < 0.5;
    return { kind: isBefore ? 'die_before' : 'die_after', call };
  }
  if (hits('zombie', name)) {
    return {
      kind: 'zombie',
      call,
      resumeAfterMs: 1_000 + Math.round(share * 40_000),
      isMortal: true,
    };
  }
  return undefined;
}

/** A queue gives a message twice, or again before its receiver is done. */
function disturbMessages(
  { cloud, isRough }: Stage,
  { payload }: InvocationRequest,
  hits: Hits,
): void {
  const records = memberOf(payload, 'Records');
  if (!isRough || !Array.isArray(records)) return;
  for (const record of records) {
    const queue = cloud.sqs.find(String(memberOf(record, 'eventSourceARN')));
    const body = String(memberOf(record, 'body'));
    const handle = String(memberOf(record, 'receiptHandle'));
    const about = body.slice(0, 200).replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}|\d{4}-\d\d-\S+/g, '');
    if (hits('message_doubled', about)) queue?.send(body, 2_000);
    if (hits('message_early', about)) queue?.changeVisibility(handle, 50);
  }
}

/** `update-hosts shop-web-1a2b3c 0 1`. */
function nameOf({ functionName, payload }: InvocationRequest): string {
  const from = functionName.replace(OWN, '');
  const fields = ['rolloutId', 'batch', 'chunk'].map((field) => memberOf(payload, field) ?? '');
  return [from, ...fields].join(' ').trim();
}
