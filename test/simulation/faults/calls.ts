/**
 * What befalls the API calls of lambdas: lost before or after they took effect, throttled, refused by a service
 * in trouble, answered late. A call is named by what it is about, so that the same call of another run meets the
 * same fault.
 */
import { ServiceError } from '#local/service-error.ts';
import type { ApiCall, CallFault } from '#local/wire.ts';
import { memberOf, textOf } from '../ledger.ts';
import { OWN, type Stage } from '../stage.ts';
import type { Outage } from '../world.ts';
import type { Hits } from './hit.ts';

const THROTTLED: Readonly<Record<string, string>> = {
  dynamodb: 'ProvisionedThroughputExceededException',
  ec2: 'RequestLimitExceeded',
};
/** The SDK tries such a call again. */
const FAULT = { statusCode: 500 };
/** A call takes so long, at least and at most. */
const LATENCY_MS = [5, 60] as const;
const SLOW_MS = [1_000, 90_000] as const;

export function disturbCalls(stage: Stage, hits: Hits): void {
  const { wire } = stage.cloud;
  wire.fault = (call) => {
    if (call.caller === undefined || !stage.isRough) return undefined;
    return outage(stage, call) ?? drawFault(stage, call, hits);
  };
}

/** How long a lambda waits for an answer. */
export function latencyOf(call: ApiCall, hits: Hits | undefined): number {
  if (hits === undefined) return 0;
  const name = nameOfCall(call);
  const [least, most] = hits('slow_answer', name) ? SLOW_MS : LATENCY_MS;
  return Math.round(least + hits.share(name) ** 2 * (most - least));
}

/** Which service each of them is the trouble of. */
const OUTAGES: Readonly<Record<string, Outage>> = {
  ecr: 'registry',
  events: 'bus',
  sfn: 'machines',
  dynamodb: 'targets',
  sns: 'topics',
};

function outageOf({ service, operation, input }: ApiCall): Outage | undefined {
  const isOfTargets = operation === 'PutItem' && String(input['TableName']).endsWith('-policies');
  return service === 'dynamodb' && !isOfTargets ? undefined : OUTAGES[service];
}

function outage({ outages, counters }: Stage, call: ApiCall): CallFault | undefined {
  const what = outageOf(call);
  if (what === undefined || !outages.has(what)) return undefined;
  counters.count(`refused in an outage: ${what}`);
  return {
    kind: 'refused',
    error: new ServiceError('ServerException', `${call.operation}: try later`, FAULT),
  };
}

function drawFault({ counters }: Stage, call: ApiCall, hits: Hits): CallFault | undefined {
  const name = nameOfCall(call);
  if (hits('lost_request', name)) return { kind: 'lost_request' };
  if (hits('lost_answer', name)) return { kind: 'lost_answer' };
  if (hits('throttled', name)) {
    counters.count(`throttled: ${call.service}`);
    const code = THROTTLED[call.service] ?? 'ThrottlingException';
    return { kind: 'refused', error: new ServiceError(code, 'Rate exceeded') };
  }
  if (hits('server_error', name)) {
    return {
      kind: 'refused',
      error: new ServiceError('InternalServerError', 'try again later', FAULT),
    };
  }
  return undefined;
}

/** `update-hosts dynamodb:PutItem shop-web-1a2b3c-g17… chunk#000#00000`. */
function nameOfCall({ service, operation, input, caller }: ApiCall): string {
  const from = caller?.functionName.replace(OWN, '') ?? '';
  return `${from} ${service}:${operation} ${aboutOf(input)}`;
}

function aboutOf(input: Readonly<Record<string, unknown>>): string {
  const item = input['Item'] ?? input['Key'];
  if (item !== undefined) {
    return [textOf(item, 'policy'), textOf(item, 'rollout'), textOf(item, 'item')].join(' ').trim();
  }
  const plain =
    input['Comment'] ?? input['name'] ?? input['executionArn'] ?? input['repositoryName'];
  if (plain !== undefined) return String(plain);
  const values = memberOf(input, 'ExpressionAttributeValues');
  return values === undefined ? '' : JSON.stringify(values);
}
