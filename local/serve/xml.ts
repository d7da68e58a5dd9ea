/** Answers of the query protocol, as far as STS needs it. */
import { randomUUID } from 'node:crypto';
import type { TextAnswer } from '../aws-json.ts';
import type { ServiceError } from '../service-error.ts';

const XMLNS = 'https://sts.amazonaws.com/doc/2011-06-15/';

export function xmlAnswer(
  operation: string,
  output: Readonly<Record<string, unknown>>,
): TextAnswer {
  const members = Object.entries(output).map(([name, value]) => element(name, escapeXml(value)));
  const body =
    element(`${operation}Result`, members.join('')) +
    element('ResponseMetadata', element('RequestId', randomUUID()));
  return answer(200, `<${operation}Response xmlns="${XMLNS}">${body}</${operation}Response>`);
}

export function xmlRefusal({ code, message, statusCode }: ServiceError): TextAnswer {
  const error = element('Code', escapeXml(code)) + element('Message', escapeXml(message));
  const type = element('Type', statusCode < 500 ? 'Sender' : 'Receiver');
  const body = element('Error', type + error) + element('RequestId', randomUUID());
  return answer(statusCode, element('ErrorResponse', body));
}

function answer(statusCode: number, text: string): TextAnswer {
  return { statusCode, headers: { 'content-type': 'text/xml' }, text };
}

function element(name: string, inner: string): string {
  return `<${name}>${inner}</${name}>`;
}

function escapeXml(value: unknown): string {
  return String(value).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
