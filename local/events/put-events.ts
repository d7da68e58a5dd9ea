/**
 * PutEvents: up to 10 entries, each accepted or refused by itself; the call succeeds all the same.
 * Sources that begin with `aws.` belong to AWS services: NotAuthorizedForSourceException.
 */
import * as z from 'zod';
import { ServiceError } from '../service-error.ts';
import { parseInput } from '../service-input.ts';
import type { RaisedEvent } from './cloud-event.ts';

/** Since 2025 the entries of a call may hold 1 MiB together. */
const ENTRIES_BYTES = 1_048_576;

const PutEvents = z.looseObject({
  Entries: z
    .array(
      z.looseObject({
        Source: z.string().optional(),
        DetailType: z.string().optional(),
        Detail: z.string().optional(),
        Resources: z.array(z.string()).optional(),
        EventBusName: z.string().optional(),
      }),
    )
    .min(1)
    .max(10),
});
type Entry = z.infer<typeof PutEvents>['Entries'][number];
type Result = { EventId: string } | { ErrorCode: string; ErrorMessage: string };

export function putEvents(
  action: string,
  input: Record<string, unknown>,
  bus: { hasBus: (name: string) => boolean; put: (busName: string, event: RaisedEvent) => string },
): Record<string, unknown> {
  if (action !== 'PutEvents') {
    throw new ServiceError('UnknownOperationException', `EventBridge: ${action}`);
  }
  const { Entries } = parseInput(PutEvents, input);
  if (Buffer.byteLength(JSON.stringify(Entries)) > ENTRIES_BYTES) {
    throw new ServiceError(
      'ValidationException',
      'Total size of the entries in the request is over the limit.',
    );
  }
  const results = Entries.map((entry): Result => putEntry(entry, bus));
  return {
    FailedEntryCount: results.filter((result) => 'ErrorCode' in result).length,
    Entries: results,
  };
}

function putEntry(entry: Entry, bus: Parameters<typeof putEvents>[2]): Result {
  const { Source, DetailType, Detail, Resources = [], EventBusName = 'default' } = entry;
  if (!Source || !DetailType || Detail === undefined) {
    return refuse('InvalidArgument', 'Parameter Source, DetailType or Detail is not valid.');
  }
  if (Source.startsWith('aws.')) {
    return refuse('NotAuthorizedForSourceException', 'Not authorized for the source.');
  }
  const detail = parseDetail(Detail);
  if (detail === undefined) return refuse('MalformedDetail', 'Detail is malformed.');
  // The service accepts an entry for a bus that is not there, and drops it: here it would hide a mistake.
  if (!bus.hasBus(EventBusName)) {
    throw new ServiceError(
      'ResourceNotFoundException',
      `Event bus ${EventBusName} does not exist.`,
    );
  }
  const event = { source: Source, detailType: DetailType, resources: Resources, detail };
  return { EventId: bus.put(EventBusName, event) };
}

function refuse(ErrorCode: string, ErrorMessage: string): Result {
  return { ErrorCode, ErrorMessage };
}

function parseDetail(text: string): Record<string, unknown> | undefined {
  try {
    const detail: unknown = JSON.parse(text);
    if (typeof detail === 'object' && detail !== null && !Array.isArray(detail))
      return { ...detail };
  } catch {
    // Text that is no JSON is refused like JSON that is no object.
  }
  return undefined;
}
