/**
 * EC2's query protocol: a form with dotted keys comes in (`Filter.1.Value.2=i-01`), XML goes out. Keys that
 * are numbers make a list, and every entry of a list is an `item`.
 */
import type { TextAnswer } from '../aws-json.ts';
import type { ServiceError } from '../service-error.ts';

const NAMESPACE = 'http://ec2.amazonaws.com/doc/2016-11-15/';

/** The form as an object; `Action` is the name of the operation. */
export function readForm(form: string): Record<string, unknown> {
  const root: Branch = new Map();
  for (const [path, value] of new URLSearchParams(form)) {
    const keys = path.split('.');
    const last = keys.pop() ?? '';
    let branch = root;
    for (const key of keys) {
      const next = branch.get(key);
      const grown: Branch = next instanceof Map ? next : new Map();
      branch.set(key, grown);
      branch = grown;
    }
    branch.set(last, value);
  }
  return Object.fromEntries([...root].map(([key, value]) => [key, plain(value)]));
}

type Branch = Map<string, Branch | string>;

function plain(value: Branch | string): unknown {
  if (typeof value === 'string') return value;
  const entries = [...value].map(([key, inner]) => [key, plain(inner)] as const);
  const isList = entries.every(([key]) => /^\d+$/.test(key));
  if (!isList) return Object.fromEntries(entries);
  return entries.toSorted(([one], [other]) => Number(one) - Number(other)).map(([, item]) => item);
}

export function ec2Answer(
  operation: string,
  output: Readonly<Record<string, unknown>>,
): TextAnswer {
  const name = `${operation}Response`;
  return answer(200, `<${name} xmlns="${NAMESPACE}">${writeXml(output)}</${name}>`);
}

export function ec2Refusal({ code, message, statusCode }: ServiceError): TextAnswer {
  const error = writeXml({ Errors: { Error: { Code: code, Message: message } } });
  return answer(statusCode, `<Response>${error}</Response>`);
}

function answer(statusCode: number, xml: string): TextAnswer {
  return {
    statusCode,
    headers: { 'content-type': 'text/xml;charset=UTF-8' },
    text: `<?xml version="1.0" encoding="UTF-8"?>${xml}`,
  };
}

/** A list's entries are each an `item`. */
export function writeXml(value: unknown): string {
  if (Array.isArray(value)) return value.map((item) => `<item>${writeXml(item)}</item>`).join('');
  if (typeof value !== 'object' || value === null) return escapeText(String(value));
  return Object.entries(value)
    .filter(([, inner]) => inner !== undefined)
    .map(([key, inner]) => `<${key}>${writeXml(inner)}</${key}>`)
    .join('');
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
