/**
 * The body of a call, read by a schema. What does not fit is refused as the services refuse it, with
 * ValidationException (some say it otherwise: ECR's InvalidParameterException).
 */
import type * as z from 'zod';
import { ServiceError } from './service-error.ts';

export function parseInput<Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
  code = 'ValidationException',
): z.infer<Schema> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const { issues } = parsed.error;
  const texts = issues.map(({ path, message }) => `Value at '${path.join('.')}': ${message}`);
  const count = `${issues.length} validation error${issues.length === 1 ? '' : 's'} detected`;
  throw new ServiceError(code, `${count}: ${texts.join('; ')}`);
}
