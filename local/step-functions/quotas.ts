/**
 * The hard limits of Standard workflows, as the service's quota page gives them. Each is enforced
 * as the error that the service answers with; none can be raised.
 */

const DAY_MS = 24 * 60 * 60 * 1_000;

/** The last event is the one that ends the execution. */
export const MAX_HISTORY_EVENTS = 25_000;
/** An execution with this many events or more has no room for a redrive. */
export const MAX_HISTORY_EVENTS_TO_REDRIVE = 24_999;
/** Input, output and result of a task, a state or an execution; one variable; one Assign. */
export const MAX_PAYLOAD_BYTES = 256 * 1_024;
export const MAX_VARIABLES_BYTES = 10 * 1_024 * 1_024;
/** Input and output together; above it a status event carries neither. */
export const MAX_STATUS_EVENT_BYTES = 248 * 1_024;
export const MAX_NAME_LENGTH = 80;
export const MAX_ERROR_LENGTH = 256;
export const MAX_CAUSE_LENGTH = 32_768;
export const MAX_INLINE_CONCURRENCY = 40;
export const MAX_DISTRIBUTED_CONCURRENCY = 10_000;
export const REDRIVABLE_MS = 14 * DAY_MS;
export const REDRIVE_TOKEN_MS = 15 * 60 * 1_000;
export const MAX_REDRIVE_TOKENS = 10;
/** A closed execution's name may be used again after this long. */
export const NAME_REUSE_MS = 90 * DAY_MS;
