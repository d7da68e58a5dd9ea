/**
 * How an invocation ends badly, in the service's words: Step Functions takes `errorName` for Retry and
 * Catch. An error that the handler threw has its own name; a dead sandbox has one of Lambda's.
 */
export class LambdaError extends Error {
  override readonly name = 'LambdaError';
  readonly errorName: string;
  /** JSON text `{ errorType, errorMessage, trace? }`, or a sentence where there is no such answer. */
  readonly errorCause: string;

  constructor(errorName: string, errorCause: string) {
    super(`${errorName}: ${errorCause}`);
    this.errorName = errorName;
    this.errorCause = errorCause;
  }
}

/** What the Node.js runtime answers for an error that the handler threw. */
export function thrownError(error: unknown): LambdaError {
  const isError = error instanceof Error;
  const errorType = isError ? error.name || 'Error' : 'Error';
  const errorMessage = isError ? error.message : String(error);
  const trace = isError ? (error.stack ?? '').split('\n').slice(0, 4) : [];
  return new LambdaError(errorType, JSON.stringify({ errorType, errorMessage, trace }));
}

export function timedOut(requestId: string, timeoutMs: number): LambdaError {
  const seconds = (timeoutMs / 1000).toFixed(2);
  const errorMessage = `RequestId: ${requestId} Error: Task timed out after ${seconds} seconds`;
  const body = { errorType: 'Sandbox.Timedout', errorMessage };
  return new LambdaError('Sandbox.Timedout', JSON.stringify(body));
}

/** The sandbox is gone and has answered nothing. */
export function sandboxDied(): LambdaError {
  return new LambdaError(
    'Lambda.Unknown',
    'The cause could not be determined because Lambda did not return an error type. Returned payload: null',
  );
}
