/**
 * awsJson, the protocol of all services in use but EC2, SNS and STS: the operation stands in the header `x-amz-target`, and a
 * refusal names itself in `__type`. What the wire in the process and the server on a port have in common.
 */
import type { ServiceError } from './service-error.ts';

const TARGETS = {
  DynamoDB_20120810: 'dynamodb',
  AmazonSSM: 'ssm',
  AWSStepFunctions: 'sfn',
  AmazonEC2ContainerRegistry_V20150921: 'ecr',
  AmazonSQS: 'sqs',
  AWSEvents: 'events',
} as const;

const SERVICES: ReadonlyMap<string, ServiceName> = new Map(Object.entries(TARGETS));

export type ServiceName = (typeof TARGETS)[keyof typeof TARGETS] | 'ec2' | 'sns' | 'sts';

export interface TextAnswer {
  statusCode: number;
  headers: Record<string, string>;
  text: string;
}

/** `AmazonSSM.SendCommand`; undefined where no emulated service answers. */
export function readTarget(
  target: string,
): { service: ServiceName; operation: string } | undefined {
  const at = target.lastIndexOf('.');
  const service = SERVICES.get(target.slice(0, at));
  return service && { service, operation: target.slice(at + 1) };
}

export function jsonAnswer(output: Readonly<Record<string, unknown>>): TextAnswer {
  return answer(200, output, {});
}

export function jsonRefusal({ code, message, fields, statusCode }: ServiceError): TextAnswer {
  return answer(statusCode, { __type: code, message, ...fields }, { 'x-amzn-errortype': code });
}

function answer(
  statusCode: number,
  body: Readonly<Record<string, unknown>>,
  headers: Record<string, string>,
): TextAnswer {
  return {
    statusCode,
    headers: { 'content-type': 'application/x-amz-json-1.1', ...headers },
    text: JSON.stringify(body),
  };
}
