/**
 * Notices to people: each is sent by who has claimed it, within the claim's time, so that two who look at once tell it
 * once; and what is noted as told every topic has heard of, or refused for good.
 */
import { ServiceError } from '#local/service-error.ts';
import type { ApiCall, ApiOutcome } from '#local/wire.ts';
import type { Check } from './check.ts';
import { newsOf } from './news.ts';
import { asList, isRecord } from './wire-item.ts';

/** The topic is gone, or is not ours: to try again would change nothing. */
const REFUSED = /^(NotFound|AuthorizationError|InvalidParameter)$/;

interface Claim {
  requestId: string | undefined;
  untilMs: number;
}

export const toldByOne: Check = {
  name: 'told',
  begin: ({ mirror, report }) => {
    const claims = new Map<string, Claim>();
    const heard = new Set<string>();
    return {
      onCall: (call, outcome) => {
        const { service, operation, input, caller, atMs } = call;
        if (service !== 'sns' || operation !== 'Publish') return;
        const id = idOf(call);
        if (isHeard(outcome)) heard.add(`${input['TopicArn']} ${id}`);
        const claim = claims.get(id.replace(/\/\d+$/, ''));
        if (claim === undefined || claim.untilMs <= atMs) report(`${id} is told, and unclaimed`);
        else if (claim.requestId !== caller?.requestId) report(`${id} is told by two at once`);
      },
      onWrite: ({ kind, after, call }) => {
        if (kind !== 'other' || !isRecord(after) || after['item'] !== 'told') return;
        const { rollout: id, seq, busy_until_ms: untilMs } = after;
        const requestId = call.caller?.requestId;
        claims.set(String(id), { requestId, untilMs: Number(untilMs ?? 0) });
        const rollout = mirror.rollout(String(id));
        if (rollout === undefined) return;
        for (const entry of newsOf(rollout.log).filter((one) => one.seq <= Number(seq))) {
          for (const { topic_arn } of rollout.settings.notifications) {
            if (heard.has(`${topic_arn} ${id}/${entry.seq}`)) continue;
            report(`${id}/${entry.seq} is noted as told, and ${topic_arn} has not heard of it`);
          }
        }
      },
    };
  },
};

function idOf({ input }: ApiCall): string {
  const attributes = input['MessageAttributes'];
  const entries = isRecord(attributes) ? asList(attributes['entry']) : [];
  const found = entries.find((entry) => isRecord(entry) && entry['Name'] === 'id');
  const value = isRecord(found) ? found['Value'] : undefined;
  return isRecord(value) ? String(value['StringValue']) : 'a notice without an id';
}

function isHeard(outcome: ApiOutcome): boolean {
  if ('output' in outcome) return true;
  return outcome.error instanceof ServiceError && REFUSED.test(outcome.error.code);
}
