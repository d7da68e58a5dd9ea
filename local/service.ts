/**
 * An emulated AWS service, as the wire sees it: the name of an operation (`StartExecution`) and
 * the body that the SDK would send, answered by the body that the SDK would receive. Refusals are
 * thrown as ServiceError; an operation that the emulation does not know is
 * `ServiceError('UnknownOperationException')`.
 */
export interface Service {
  apply(action: string, input: Record<string, unknown>): Promise<Record<string, unknown>>;
}
