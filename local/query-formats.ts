/** Services that speak the query protocol: told by their host or signature, each with XML of its own. */
import type { TextAnswer } from './aws-json.ts';
import { ec2Answer, ec2Refusal } from './ec2/query-format.ts';
import { queryAnswer, queryRefusal } from './query-xml.ts';
import type { ServiceError } from './service-error.ts';

export interface QueryFormat {
  answer(operation: string, output: Readonly<Record<string, unknown>>): TextAnswer;
  refusal(error: ServiceError): TextAnswer;
}

const FORMATS = {
  ec2: { answer: ec2Answer, refusal: ec2Refusal },
  sns: inNamespace('http://sns.amazonaws.com/doc/2010-03-31/'),
  sts: inNamespace('https://sts.amazonaws.com/doc/2011-06-15/'),
} as const satisfies Record<string, QueryFormat>;

export type QueryService = keyof typeof FORMATS;

/** Undefined for a service that speaks JSON, or none of ours. */
export function queryFormatOf(
  service: string,
): { service: QueryService; format: QueryFormat } | undefined {
  for (const name of ['ec2', 'sns', 'sts'] as const) {
    if (name === service) return { service: name, format: FORMATS[name] };
  }
  return undefined;
}

function inNamespace(namespace: string): QueryFormat {
  return {
    answer: (operation, output) => queryAnswer(namespace, operation, output),
    refusal: queryRefusal,
  };
}
