/**
 * Command documents (schema 2.2): content, versions, hash, and the check of a command's parameters.
 *
 * The hash is SHA-256 of the content as text; content that is given as an object is taken as
 * JSON.stringify writes it.
 */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { ServiceError } from '../service-error.ts';

/** SSM takes documents of at most 64 KB. */
const DOCUMENT_BYTES = 65_536;
const DEFAULT_EXECUTION_SECONDS = 3600;

const Parameter = z.looseObject({
  type: z.enum(['String', 'StringList']),
  default: z.union([z.string(), z.array(z.string())]).optional(),
  allowedPattern: z.string().optional(),
  allowedValues: z.array(z.string()).optional(),
  minChars: z.int().optional(),
  maxChars: z.int().optional(),
});

const Content = z.looseObject({
  schemaVersion: z.literal('2.2'),
  parameters: z.record(z.string(), Parameter).default({}),
  mainSteps: z
    .array(
      z.looseObject({
        action: z.string(),
        name: z.string(),
        inputs: z
          .looseObject({
            timeoutSeconds: z.union([z.string(), z.number()]).optional(),
            runCommand: z.array(z.string()).optional(),
          })
          .optional(),
      }),
    )
    .min(1),
});

export interface DocumentVersion {
  readonly name: string;
  readonly version: string;
  readonly hash: string;
  readonly content: z.infer<typeof Content>;
  readonly createdAtMs: number;
}

export type Parameters = Readonly<Record<string, readonly string[]>>;

export class Documents {
  readonly #versions = new Map<string, DocumentVersion[]>();

  create(name: string, given: unknown, nowMs: number): DocumentVersion {
    if (this.#versions.has(name)) {
      throw new ServiceError('DocumentAlreadyExists', `Document ${name} already exists.`);
    }
    return this.#add(name, given, nowMs);
  }

  /** A further version, which becomes the default one. */
  update(name: string, given: unknown, nowMs: number): DocumentVersion {
    this.find(name);
    return this.#add(name, given, nowMs);
  }

  /** With all its versions. */
  delete(name: string): void {
    this.find(name);
    this.#versions.delete(name);
  }

  find(name: string, version = '$DEFAULT'): DocumentVersion {
    const versions = this.#versions.get(name);
    if (versions === undefined) {
      throw new ServiceError('InvalidDocument', `Document with name ${name} does not exist.`);
    }
    const isLatest = version === '$DEFAULT' || version === '$LATEST';
    const found = isLatest ? versions.at(-1) : versions.find((held) => held.version === version);
    if (found) return found;
    throw new ServiceError('InvalidDocumentVersion', `${name} has no version ${version}.`);
  }

  get names(): string[] {
    return [...this.#versions.keys()];
  }

  describe(document: DocumentVersion): Record<string, unknown> {
    const latest = this.find(document.name).version;
    return {
      Name: document.name,
      Hash: document.hash,
      HashType: 'Sha256',
      DocumentVersion: document.version,
      DefaultVersion: latest,
      LatestVersion: latest,
      Status: 'Active',
      DocumentType: 'Command',
      SchemaVersion: '2.2',
      CreatedDate: document.createdAtMs / 1000,
    };
  }

  #add(name: string, given: unknown, nowMs: number): DocumentVersion {
    const text = typeof given === 'string' ? given : JSON.stringify(given);
    if (Buffer.byteLength(text) > DOCUMENT_BYTES) {
      throw new ServiceError('MaxDocumentSizeExceeded', 'The document is larger than 64 KB.');
    }
    const versions = this.#versions.get(name) ?? [];
    const document: DocumentVersion = {
      name,
      version: String(versions.length + 1),
      hash: createHash('sha256').update(text).digest('hex'),
      content: parseContent(text),
      createdAtMs: nowMs,
    };
    this.#versions.set(name, [...versions, document]);
    return document;
  }
}

function parseContent(text: string): z.infer<typeof Content> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ServiceError('InvalidDocumentContent', 'The content is no JSON.');
  }
  const parsed = Content.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new ServiceError('InvalidDocumentContent', parsed.error.message);
}

/** Every parameter of the document, defaults filled in; refuses what the service refuses. */
export function checkParameters(document: DocumentVersion, given: Parameters): Parameters {
  const { parameters } = document.content;
  const foreign = Object.keys(given).filter((name) => !(name in parameters));
  if (foreign.length > 0) refuse(`not in the document: ${foreign.join(', ')}`);
  const filled: Record<string, readonly string[]> = {};
  for (const [name, parameter] of Object.entries(parameters)) {
    const values =
      given[name] ?? (parameter.default === undefined ? [] : [parameter.default].flat());
    if (values.length === 0) refuse(`${name} is missing`);
    if (parameter.type === 'String' && values.length > 1) refuse(`${name} takes one value`);
    for (const value of values) checkValue(name, parameter, value);
    filled[name] = values;
  }
  return filled;
}

function checkValue(name: string, parameter: z.infer<typeof Parameter>, value: string): void {
  const { allowedPattern, allowedValues, minChars, maxChars } = parameter;
  // The service asks for a match of the whole value, whether or not the pattern is anchored.
  if (allowedPattern !== undefined && !new RegExp(`^(?:${allowedPattern})$`).test(value)) {
    refuse(`${name} does not match ${allowedPattern}`);
  }
  if (allowedValues !== undefined && !allowedValues.includes(value)) {
    refuse(`${name} is none of ${allowedValues.join(', ')}`);
  }
  if (value.length < (minChars ?? 0)) refuse(`${name} has less than ${minChars} characters`);
  if (value.length > (maxChars ?? Number.POSITIVE_INFINITY)) {
    refuse(`${name} has more than ${maxChars} characters`);
  }
}

/**
 * How long the agent lets the steps work: their `timeoutSeconds`, which may name a parameter. Outside
 * 5 to 172,800 seconds the agent silently takes an hour.
 */
export function executionTimeoutMs(document: DocumentVersion, parameters: Parameters): number {
  let seconds = 0;
  for (const step of document.content.mainSteps) {
    const given = String(step.inputs?.timeoutSeconds ?? DEFAULT_EXECUTION_SECONDS);
    const named = /^\{\{\s*(\w+)\s*\}\}$/.exec(given)?.[1];
    const own = Number(named === undefined ? given : (parameters[named]?.[0] ?? ''));
    seconds += own >= 5 && own <= 172_800 ? own : DEFAULT_EXECUTION_SECONDS;
  }
  return seconds * 1000;
}

/** What the agent writes into the file that it runs. */
export function linesOf(document: DocumentVersion): string[] {
  return document.content.mainSteps.flatMap(({ inputs }) => inputs?.runCommand ?? []);
}

function refuse(message: string): never {
  throw new ServiceError('InvalidParameters', message);
}
