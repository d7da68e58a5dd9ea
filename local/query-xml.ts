/**
 * The query protocol as SNS and STS answer in it: the result inside a `…Result`, a refusal inside an
 * `ErrorResponse`. What comes in is the same form as EC2's.
 */
import { randomUUID } from 'node:crypto';
import type { TextAnswer } from './aws-json.ts';
import { writeXml } from './ec2/query-format.ts';
import type { ServiceError } from './service-error.ts';

export function queryAnswer(
  namespace: string,
  operation: string,
  output: Readonly<Record<string, unknown>>,
): TextAnswer {
  const ResponseMetadata = { RequestId: randomUUID() };
  const content = { [`${operation}Result`]: output, ResponseMetadata };
  return wrap(200, `${operation}Response`, content, ` xmlns="${namespace}"`);
}

export function queryRefusal({ code, message, statusCode }: ServiceError): TextAnswer {
  const Type = statusCode < 500 ? 'Sender' : 'Receiver';
  const refusal = { Type, Code: code, Message: message };
  return wrap(statusCode, 'ErrorResponse', { Error: refusal, RequestId: randomUUID() });
}

function wrap(statusCode: number, name: string, content: unknown, attribute = ''): TextAnswer {
  return {
    statusCode,
    headers: { 'content-type': 'text/xml' },
    text: `<${name}${attribute}>${writeXml(content)}</${name}>`,
  };
}
