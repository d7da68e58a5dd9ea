/**
 * What a client on the port wants: the service and the operation by `x-amz-target`, for EC2, SNS
 * and STS by the body's `Action`; who signed it for where by the credential scope. Signatures are not checked.
 */
import { readTarget, type ServiceName } from '../aws-json.ts';
import { readForm as readQuery } from '../ec2/query-format.ts';
import { queryFormatOf } from '../query-formats.ts';
import { ServiceError } from '../service-error.ts';

export interface OutsideCall {
  service: ServiceName;
  operation: string;
  input: Readonly<Record<string, unknown>>;
}

/** What answers here. */
export interface Place {
  region: string;
  services: readonly ServiceName[];
}

export interface OutsideRequest {
  /** In lower case. */
  headers: Readonly<Record<string, string | undefined>>;
  body: Uint8Array;
}

/** How the client wants to be answered, refusals too. */
export type Protocol = 'json' | 'xml';

export type Heard = { protocol: Protocol } & ({ call: OutsideCall } | { refusal: ServiceError });

const TITLES: Readonly<Record<ServiceName, string>> = {
  dynamodb: 'DynamoDB',
  ec2: 'EC2',
  ecr: 'ECR',
  events: 'EventBridge',
  sfn: 'Step Functions',
  sns: 'SNS',
  sqs: 'SQS',
  ssm: 'SSM',
  sts: 'STS',
};
const SCOPE = /\bCredential=[^/,\s]*\/\d{8}\/([\w-]+)\/([\w-]+)\/aws4_request\b/;

export function readCall(request: OutsideRequest, place: Place): Heard {
  const { headers } = request;
  const [, region, signedFor] = SCOPE.exec(headers['authorization'] ?? '') ?? [];
  const isForm = headers['content-type']?.startsWith('application/x-www-form-urlencoded') ?? false;
  const target = headers['x-amz-target'];
  const isXml = target === undefined && (isForm || signedFor === 's3');
  const protocol = isXml ? 'xml' : 'json';
  try {
    const call =
      target === undefined
        ? readForm(request, signedFor, place)
        : readJson(request, { target, region }, place);
    return { protocol, call };
  } catch (refusal) {
    if (!(refusal instanceof ServiceError)) throw refusal;
    return { protocol, refusal };
  }
}

function readJson(
  { body }: OutsideRequest,
  { target, region }: { target: string; region: string | undefined },
  place: Place,
): OutsideCall {
  const found = readTarget(target);
  if (found === undefined || !place.services.includes(found.service)) {
    throw notHere(`"${target}"`, place);
  }
  if (region !== undefined && region !== place.region) {
    throw new ServiceError(
      'InvalidSignatureException',
      `Credential should be scoped to a valid region: this cloud is ${place.region}, the request is for ${region}. Set AWS_REGION=${place.region}`,
      { statusCode: 403 },
    );
  }
  return { ...found, input: parseObject(textOf(body)) };
}

/** The query protocol, which EC2, SNS and STS speak. */
function readForm(
  { body }: OutsideRequest,
  signedFor: string | undefined,
  place: Place,
): OutsideCall {
  const input = readQuery(textOf(body));
  const action = String(input['Action'] ?? '');
  const unsigned = action === 'GetCallerIdentity' ? 'sts' : '';
  const query = queryFormatOf(signedFor ?? unsigned);
  if (query === undefined || !place.services.includes(query.service)) {
    throw notHere(signedFor ?? 'a request without x-amz-target', place);
  }
  return { service: query.service, operation: action, input };
}

function notHere(what: string, { services }: Place): ServiceError {
  const titles = services.map((service) => TITLES[service]).join(', ');
  return new ServiceError(
    'UnknownOperationException',
    `The embedded cloud does not answer ${what}. It answers ${titles}, as JSON with x-amz-target (EC2, SNS and STS by the query protocol).`,
  );
}

/** An operation that an emulated service does not know: which one it is, in words. */
export function notKnown({ service, operation }: OutsideCall): ServiceError {
  return new ServiceError(
    'UnknownOperationException',
    `The embedded ${TITLES[service]} has no ${operation}: it has what Longshore calls, and little more.`,
  );
}

function textOf(body: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch (cause) {
    throw unreadable(cause);
  }
}

function parseObject(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text === '' ? '{}' : text);
  } catch (cause) {
    throw unreadable(cause);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw unreadable(value);
  return { ...value };
}

function unreadable(cause: unknown): ServiceError {
  const why = cause instanceof Error ? cause.message : 'not an object';
  return new ServiceError('SerializationException', `The body must be a JSON object: ${why}`);
}
