/** A synthesized CloudFormation template, as far as the local cloud reads it. */
import * as z from 'zod';

const Resource = z.looseObject({
  Type: z.string(),
  Properties: z.record(z.string(), z.unknown()).default({}),
  Metadata: z.record(z.string(), z.unknown()).default({}),
  Condition: z.string().optional(),
});
export type Resource = z.infer<typeof Resource>;

const Template = z.looseObject({
  Resources: z.record(z.string(), Resource),
  Parameters: z.record(z.string(), z.looseObject({ Default: z.unknown().optional() })).default({}),
  Conditions: z.record(z.string(), z.unknown()).default({}),
  Mappings: z
    .record(z.string(), z.record(z.string(), z.record(z.string(), z.unknown())))
    .default({}),
});
export type Template = z.infer<typeof Template>;

/** The stack is not wired as it would have to be: an error when the cloud is made, not an answer of it. */
export class WiringError extends Error {
  override readonly name = 'WiringError';
}

export function readTemplate(value: unknown): Template {
  const parsed = Template.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new WiringError(`this is no template: ${parsed.error.message}`);
}
