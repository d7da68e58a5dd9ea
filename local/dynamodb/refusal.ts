import { ServiceError } from '../service-error.ts';

/** The refusal that DynamoDB gives for everything that is wrong with a request itself. */
export function invalid(message: string): ServiceError {
  return new ServiceError('ValidationException', message);
}
