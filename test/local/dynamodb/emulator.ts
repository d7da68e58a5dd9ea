/**
 * Anything that answers DynamoDB's JSON: the store itself, dynalite, DynamoDB Local. Outcomes are
 * brought to one form, in which what the service leaves open (the order in sets, in batches, in
 * scans) does not count.
 */
import { Agent, request } from 'node:http';
import { canonicalNumber } from '#local/dynamodb/decimal.ts';
import type { DynamoStore } from '#local/dynamodb/dynamo-store.ts';
import { ServiceError } from '#local/service-error.ts';

export type Wire = Record<string, unknown>;

export interface Outcome {
  readonly output?: Wire;
  readonly code?: string;
  readonly message?: string;
  /** The item that failed the condition. */
  readonly item?: unknown;
}

export interface Emulator {
  readonly name: string;
  send(action: string, input: Wire): Promise<Outcome>;
}

export function storeEmulator(store: DynamoStore): Emulator {
  return {
    name: 'the store',
    async send(action, input) {
      try {
        return { output: settle(await store.apply(action, input)) as Wire };
      } catch (error) {
        if (!(error instanceof ServiceError)) throw error;
        const { code, message, fields } = error;
        return { code, message, ...(fields && { item: settle(fields['Item']) }) };
      }
    },
  };
}

const agent = new Agent({ keepAlive: true });

/** Both oracles want a signature to be there; neither checks it. */
const AUTHORIZATION =
  'AWS4-HMAC-SHA256 Credential=key/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=none';

export function httpEmulator(name: string, port: number): Emulator {
  return {
    name,
    async send(action, input) {
      const { status, body } = await post(port, action, JSON.stringify(input));
      const answer = JSON.parse(body === '' ? '{}' : body) as Wire;
      if (status === 200) return { output: settle(answer) as Wire };
      const code = String(answer['__type']).replace(/^.*#/, '');
      const message = String(answer['message'] ?? answer['Message'] ?? '');
      const item = answer['Item'];
      return { code, message, ...(item !== undefined && { item: settle(item) }) };
    },
  };
}

function post(port: number, action: string, body: string) {
  return new Promise<{ status: number; body: string }>((resolve, reject) => {
    const headers = {
      'content-type': 'application/x-amz-json-1.0',
      'content-length': Buffer.byteLength(body),
      'x-amz-target': `DynamoDB_20120810.${action}`,
      'x-amz-date': '20260101T000000Z',
      authorization: AUTHORIZATION,
    };
    const call = request(
      { host: '127.0.0.1', port, method: 'POST', headers, agent },
      async (response) => {
        const chunks: Buffer[] = [];
        for await (const chunk of response) chunks.push(chunk as Buffer);
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() });
      },
    );
    call.on('error', reject);
    call.end(body);
  });
}

/** Sorts sets and batches, writes numbers canonically, and drops what is empty where it may be. */
function settle(value: unknown, key = ''): unknown {
  if (key === 'N' && typeof value === 'string') return settleNumber(value);
  if (Array.isArray(value)) {
    const members = value.map((member) => settle(member, key === 'NS' ? 'N' : ''));
    const isUnordered = ['SS', 'NS', 'BS'].includes(key);
    return isUnordered ? sorted(members) : members;
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value)
    .map(([name, member]) => [name, settle(member, name)] as const)
    .filter(([name, member]) => name !== 'Attributes' || Object.keys(member as Wire).length > 0)
    .map(([name, member]) => [name, name === 'Responses' ? unordered(member as Wire) : member]);
  return Object.fromEntries(entries);
}

/** dynalite can hold numbers that are none: more than 38 digits. */
function settleNumber(text: string): string {
  return text.replace(/\D/g, '').length > 38 ? text : canonicalNumber(text);
}

function unordered(responses: Wire): Wire {
  return Object.fromEntries(
    Object.entries(responses).map(([table, items]) => [table, sorted(items as unknown[])]),
  );
}

export function sorted(values: readonly unknown[]): unknown[] {
  return [...values].sort((left, right) => (stable(left) < stable(right) ? -1 : 1));
}

/** JSON with sorted members. */
function stable(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}
