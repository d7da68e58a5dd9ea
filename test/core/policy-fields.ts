/** The fields of a policy's document as its schema has them: `tag_choice.filter.pattern`, `hosts.*`. */
import * as z from 'zod';
import { PolicyDocument } from '#core/policy.ts';

interface Schema {
  default?: unknown;
  required?: string[];
  properties?: Record<string, Schema>;
  items?: Schema;
  oneOf?: Schema[];
  anyOf?: Schema[];
}

export interface PolicyField {
  /** With dots; `*` is an entry of a list. One that several forms have is there several times. */
  name: string;
  isRequired: boolean;
  default: unknown;
}

export function listPolicyFields(): PolicyField[] {
  const schema = z.toJSONSchema(PolicyDocument, { io: 'input', unrepresentable: 'any' });
  return listFields(schema as Schema, '');
}

function listFields(schema: Schema, prefix: string): PolicyField[] {
  const { properties = {}, required = [], items, oneOf = [], anyOf = [] } = schema;
  const entry = items && { name: `${prefix}*`, isRequired: false, default: undefined };
  return [
    ...Object.entries(properties).flatMap(([key, inner]) => [
      { name: prefix + key, isRequired: required.includes(key), default: inner.default },
      ...listFields(inner, `${prefix}${key}.`),
    ]),
    ...(entry && items ? [entry, ...listFields(items, `${prefix}*.`)] : []),
    ...[...oneOf, ...anyOf].flatMap((inner) => listFields(inner, prefix)),
  ];
}
