/**
 * What an emulated service throws when it refuses a call. The wire answers with
 * `{ __type: code, message, ...fields }`, from which the SDK builds its typed exceptions;
 * `fields` are body members beyond the message (DynamoDB's `Item` of a failed condition).
 */
export class ServiceError extends Error {
  override readonly name = 'ServiceError';
  readonly code: string;
  readonly statusCode: number;
  readonly fields?: Record<string, unknown>;

  constructor(
    code: string,
    message: string = code,
    options: { statusCode?: number; fields?: Record<string, unknown> } = {},
  ) {
    super(message);
    this.code = code;
    this.statusCode = options.statusCode ?? 400;
    if (options.fields) this.fields = options.fields;
  }
}
