/** SendCommand: what the service checks before it accepts a command, in its order. */
import * as z from 'zod';
import { ServiceError } from '../service-error.ts';
import { parseInput } from '../service-input.ts';
import type { CommandRecord, InvocationRecord } from './command-record.ts';
import { checkParameters, type Documents, executionTimeoutMs, linesOf } from './documents.ts';
import type { ManagedHosts } from './managed-host.ts';

const HOST_ID = /^(i-(\w{8}|\w{17})|mi-\w{17})$/;
/** `TimeoutSeconds` is for the delivery alone. */
const DEFAULT_DELIVERY_SECONDS = 3600;

const SendCommand = z.strictObject({
  DocumentName: z.string().min(1),
  DocumentVersion: z
    .string()
    .regex(/^(\$LATEST|\$DEFAULT|[1-9][0-9]*)$/)
    .optional(),
  DocumentHash: z.string().max(256).optional(),
  DocumentHashType: z.literal('Sha256').optional(),
  InstanceIds: z.array(z.string().regex(HOST_ID)).min(1).max(50),
  TimeoutSeconds: z.int().min(30).max(2_592_000).default(DEFAULT_DELIVERY_SECONDS),
  Comment: z.string().max(100).default(''),
  Parameters: z.record(z.string(), z.array(z.string())).default({}),
  MaxConcurrency: z
    .string()
    .regex(/^([1-9][0-9]*|[1-9][0-9]?%|100%)$/)
    .max(7)
    .default('50'),
  MaxErrors: z
    .string()
    .regex(/^([1-9][0-9]*|0|[1-9]?[0-9]%|100%)$/)
    .max(7)
    .default('0'),
});

/**
 * One id that SSM does not know, or that is known to be terminated, refuses the whole call. A host
 * that is merely lost does not: its invocation says so later.
 */
export function acceptCommand(
  input: Record<string, unknown>,
  context: {
    documents: Documents;
    hosts: ManagedHosts;
    id: string;
    nowMs: number;
    visibleAtMs: number;
  },
): CommandRecord {
  const request = parseInput(SendCommand, input);
  const document = context.documents.find(request.DocumentName, request.DocumentVersion);
  if (request.DocumentHash !== undefined && request.DocumentHash !== document.hash) {
    throw new ServiceError('InvalidDocument', 'The document hash does not match the document.');
  }
  const ids = request.InstanceIds;
  if (new Set(ids).size < ids.length) throw new ServiceError('DuplicateInstanceId');
  const unknown = ids.filter((id) => context.hosts.find(id) === undefined);
  if (unknown.length > 0) {
    const text = `Instances [[${unknown.join(', ')}]] not in a valid state for account`;
    throw new ServiceError('InvalidInstanceId', text);
  }
  const parameters = checkParameters(document, request.Parameters);
  const invocations = ids.map(newInvocation);
  return {
    id: context.id,
    document,
    parameters,
    comment: request.Comment,
    requestedAtMs: context.nowMs,
    requestedAt: new Date(context.nowMs).toISOString(),
    visibleAtMs: context.visibleAtMs,
    deliveryTimeoutMs: request.TimeoutSeconds * 1000,
    forAgents: {
      commandId: context.id,
      lines: linesOf(document),
      parameters,
      executionTimeoutMs: executionTimeoutMs(document, parameters),
    },
    maxConcurrency: request.MaxConcurrency,
    maxErrors: request.MaxErrors,
    invocations,
    byHost: new Map(invocations.map((invocation) => [invocation.hostId, invocation])),
    status: 'Pending',
    details: 'Pending',
    openCount: invocations.length,
    errorCount: 0,
    window: 1,
    reached: 0,
  };
}

function newInvocation(hostId: string): InvocationRecord {
  return {
    hostId,
    details: 'Pending',
    exitCode: -1,
    stdout: '',
    stderr: '',
    startedAtMs: undefined,
    finishedAtMs: undefined,
    run: undefined,
    isDispatched: false,
  };
}
