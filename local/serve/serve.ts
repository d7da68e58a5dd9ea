/**
 * The AWS wire protocol on a loopback port, for whoever takes an endpoint: the AWS CLI, an SDK, a test double.
 * No TLS, and no signature is checked, so nobody but this machine's own programs may get in: it listens on
 * 127.0.0.1, and a request with a foreign `Host` (DNS rebinding) or with an `Origin` (a web page) is refused.
 *
 * Invariant: whatever comes in, it gets an answer or its connection is closed; nothing of it ends the program.
 */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { TIME_HEADER } from '#aws/cloud-clock.ts';
import { jsonAnswer, jsonRefusal, type TextAnswer } from '../aws-json.ts';
import { queryFormatOf } from '../query-formats.ts';
import { queryRefusal } from '../query-xml.ts';
import { ServiceError } from '../service-error.ts';
import {
  type Heard,
  notKnown,
  type OutsideCall,
  type Place,
  type Protocol,
  readCall,
} from './read-call.ts';

export interface ServeOptions extends Place {
  /** 0: any that is free. */
  port: number;
  /** Refusals are thrown as ServiceError; anything else that is thrown is answered as InternalFailure. */
  answer(call: OutsideCall): Promise<Readonly<Record<string, unknown>>>;
  /** Said with each answer, for a cloud whose time is not this machine's. */
  nowMs?(): number | undefined;
}

export interface Served {
  /** `http://127.0.0.1:4566` */
  readonly endpoint: string;
  isOpen(): boolean;
  /** At once: connections are cut. */
  close(): void;
}

/** The port cannot be had; the message says why and how to mend it. */
export class UnusablePortError extends Error {
  override readonly name = 'UnusablePortError';
}

const LOOPBACK = '127.0.0.1';
const LOOPBACK_NAME = /^(127\.0\.0\.1|localhost)(:\d{1,5})?$/i;
/** DynamoDB's own limit, the largest of all. */
const MOST_BODY_BYTES = 16 * 1_048_576;
/** SDKs keep a connection for a minute or less: they close it first, and no request meets a closed one. */
const KEEP_ALIVE_MS = 65_000;

export async function serve(options: ServeOptions): Promise<Served> {
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    void respond(options, request, response);
  });
  const port = await listen(server, options.port);
  return {
    endpoint: `http://${LOOPBACK}:${port}`,
    isOpen: () => server.listening,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function listen(server: Server, port: number): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(port, LOOPBACK, resolve);
  try {
    await promise;
  } catch (cause) {
    throw new UnusablePortError(
      `port ${port} ${whyNot(cause)}; give another with --port, or none for one that is free`,
      { cause },
    );
  }
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}

function whyNot(cause: unknown): string {
  const isTaken = cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE';
  return isTaken ? 'is taken by another program' : `cannot be had (${String(cause)})`;
}

async function respond(
  options: ServeOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  let body: Uint8Array | undefined;
  try {
    body = await readBody(request);
  } catch {
    return; // The client is gone, and its connection with it.
  }
  const { statusCode, headers, text } = await answer(options, request, body);
  const nowMs = options.nowMs?.();
  response.writeHead(statusCode, {
    ...headers,
    ...(nowMs !== undefined && { [TIME_HEADER]: String(nowMs) }),
    'x-amzn-requestid': randomUUID(),
    'content-length': Buffer.byteLength(text),
  });
  response.end(request.method === 'HEAD' ? undefined : text);
}

/** Undefined where it is too large; it is read to its end all the same, or the client would see no answer. */
async function readBody(request: IncomingMessage): Promise<Uint8Array | undefined> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request) {
    if (!Buffer.isBuffer(part)) continue;
    bytes += part.length;
    if (bytes <= MOST_BODY_BYTES) parts.push(part);
  }
  return bytes <= MOST_BODY_BYTES ? Buffer.concat(parts) : undefined;
}

async function answer(
  options: ServeOptions,
  request: IncomingMessage,
  body: Uint8Array | undefined,
): Promise<TextAnswer> {
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, value?.toString()]),
  );
  const stranger = refuseStranger(headers);
  if (stranger !== undefined) return jsonRefusal(stranger);
  const heard = readCall({ headers, body: body ?? new Uint8Array() }, options);
  if (body === undefined) return refuse(heard.protocol, TOO_LARGE);
  if ('refusal' in heard) return refuse(heard.protocol, heard.refusal);
  return answerCall(options, heard);
}

const TOO_LARGE = new ServiceError(
  'RequestEntityTooLargeException',
  `The body may hold ${MOST_BODY_BYTES} bytes.`,
  { statusCode: 413 },
);

function refuseStranger({ host, origin }: Record<string, string | undefined>) {
  if (host !== undefined && LOOPBACK_NAME.test(host) && origin === undefined) return undefined;
  return new ServiceError(
    'AccessDeniedException',
    `The embedded cloud answers programs of this machine at ${LOOPBACK} and localhost; this request comes by way of ${origin ?? host ?? 'no host'}.`,
    { statusCode: 403 },
  );
}

async function answerCall(
  options: ServeOptions,
  { call, protocol }: Extract<Heard, { call: OutsideCall }>,
): Promise<TextAnswer> {
  const query = queryFormatOf(call.service)?.format;
  try {
    const output = await options.answer(call);
    return query?.answer(call.operation, output) ?? jsonAnswer(output);
  } catch (error) {
    const refusal = asRefusal(error, call);
    return query?.refusal(refusal) ?? refuse(protocol, refusal);
  }
}

function asRefusal(error: unknown, call: OutsideCall): ServiceError {
  if (error instanceof ServiceError) {
    return error.code === 'UnknownOperationException' ? notKnown(call) : error;
  }
  // Input that no real service would take may be more than an emulated one thought of.
  const why = error instanceof Error ? error.message : String(error);
  return new ServiceError('InternalFailure', `A fault of the embedded cloud: ${why}`, {
    statusCode: 500,
  });
}

function refuse(protocol: Protocol, refusal: ServiceError): TextAnswer {
  return protocol === 'xml' ? queryRefusal(refusal) : jsonRefusal(refusal);
}
