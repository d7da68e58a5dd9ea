/**
 * Reads the policies of a folder at synth, so that a mistake fails `cdk synth` and never a rollout:
 *
 *   policies/shop-web.yaml:12: max_failure_rate: 1.5 is more than 1; give a share between 0 and 1
 *
 * All mistakes of all files are named at once. YAML is taken without its traps: no anchors and aliases
 * (a few lines of them are gigabytes), no tags, no key twice, one document in a file. The file's name is
 * the policy's id, so that two files cannot mean the same policy.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join, parse } from 'node:path';
import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseAllDocuments,
  visit,
  type YAMLParseError,
} from 'yaml';
import { type Policy, parsePolicy } from '#core/policy.ts';
import { describeClaim, listClaims } from '#core/policy-claims.ts';
import { isMapping } from '#core/problem.ts';
import type { Settings } from '#core/settings.ts';
import { listUnsupported } from '#core/unsupported-fields.ts';

export interface PolicyFile {
  /** As written: what is deployed, and what the API will show. */
  document: Record<string, unknown>;
  policy: Policy;
  /** `policies/shop-web.yaml` */
  file: string;
}

export interface FileProblem {
  file: string;
  line: number;
  message: string;
}

const MAX_BYTES = 65_536;
/** CloudFormation and the eye both tire: nobody mends more at a time. */
const MAX_PROBLEMS = 100;

/** Names every mistake, one a line: file, line, field, value and mend. */
export class InvalidPoliciesError extends Error {
  override readonly name = 'InvalidPoliciesError';
  readonly problems: readonly FileProblem[];

  constructor(problems: readonly FileProblem[]) {
    const lines = problems.map(({ file, line, message }) => `${file}:${line}: ${message}`);
    const more = lines.length > MAX_PROBLEMS ? [`… and ${lines.length - MAX_PROBLEMS} more`] : [];
    super(['The policies cannot be used:', ...lines.slice(0, MAX_PROBLEMS), ...more].join('\n'));
    this.problems = problems;
  }
}

/** The policies of a folder, by file name; throws InvalidPoliciesError with the mistakes of all files. */
export function readPolicies(folder: string, settings: Settings): PolicyFile[] {
  const problems: FileProblem[] = [];
  const policies: PolicyFile[] = [];
  for (const name of listFiles(folder)) {
    const file = `${basename(folder)}/${name}`;
    const { read, flaws } = readPolicy(join(folder, name), settings);
    problems.push(...flaws.map((flaw) => ({ file, ...flaw })));
    if (read !== undefined) policies.push({ ...read, file });
  }
  problems.push(...listTwins(policies), ...listRivals(policies));
  if (problems.length > 0) throw new InvalidPoliciesError(problems);
  return policies;
}

/** Folders are listed too: a policy that stands in one would otherwise be left out in silence. */
function listFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() || /\.ya?ml$/.test(entry.name))
    .map((entry) => entry.name)
    .sort();
}

type Flaw = Omit<FileProblem, 'file'>;
interface ReadPolicy {
  read?: Omit<PolicyFile, 'file'>;
  flaws: Flaw[];
}

function readPolicy(path: string, settings: Settings): ReadPolicy {
  const stats = statSync(path);
  if (stats.isDirectory())
    return refuse('is a folder; put policies beside each other in one folder');
  if (stats.size > MAX_BYTES)
    return refuse(`has more than ${MAX_BYTES} bytes; part it into several policies`);
  const lines = new LineCounter();
  const text = readFileSync(path, 'utf8');
  const documents = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false });
  const [document, second] = Array.isArray(documents) ? documents : [];
  if (document === undefined) return refuse('is empty; write a policy as in policies/');
  const lineAt = (offset: number) => lines.linePos(offset).line;
  if (second !== undefined) {
    return refuse(
      'a second document begins here; give each policy its own file',
      lineAt(second.range[0]),
    );
  }
  const [error] = document.errors;
  // What follows a first error is its consequence more often than another mistake.
  if (error !== undefined)
    return refuse(`is not YAML: ${describeError(error)}`, lineAt(error.pos[0]));
  const flaws = listTraps(document, lineAt);
  return flaws.length > 0 ? { flaws } : judgeDocument(document, parse(path).name, settings, lineAt);
}

function refuse(message: string, line = 1): ReadPolicy {
  return { flaws: [{ line, message }] };
}

function describeError({ message }: YAMLParseError): string {
  return message.startsWith('Maximum call stack') ? 'nested too deep' : message;
}

function listTraps(document: Document, lineAt: (offset: number) => number): Flaw[] {
  const flaws: Flaw[] = [];
  const add = (node: Node, what: string) =>
    flaws.push({ line: lineAt(node.range?.[0] ?? 0), message: `has ${what}; write the value out` });
  visit(document, {
    Node: (_key, node) => {
      if (isAlias(node)) add(node, `the alias *${node.source}`);
      else if (node.anchor !== undefined) add(node, `the anchor &${node.anchor}`);
      else if (node.tag !== undefined) add(node, `the tag ${node.tag}`);
    },
  });
  return flaws;
}

function judgeDocument(
  source: Document,
  name: string,
  settings: Settings,
  lineAt: (offset: number) => number,
): ReadPolicy {
  const document: unknown = source.toJS();
  const parsed = parsePolicy(document, settings);
  const problems = parsed.ok ? listUnsupported(parsed.policy) : parsed.problems;
  const flaws = problems.map(({ path, message }) => ({
    line: lineAt(offsetOf(source, path.split('.'))),
    message,
  }));
  if (!parsed.ok || !isMapping(document)) return { flaws };
  if (parsed.policy.id !== name) {
    const message = `id: ${JSON.stringify(parsed.policy.id)} is not the file's name; name the file ${parsed.policy.id}.yaml`;
    flaws.push({ line: lineAt(offsetOf(source, ['id'])), message });
  }
  return { read: { document, policy: parsed.policy }, flaws };
}

/** Where a field is written, or else the field around it that is. */
function offsetOf(source: Document, path: readonly string[]): number {
  let offset = 0;
  let node: unknown = source.contents;
  for (const key of path) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === key);
      if (pair === undefined) break;
      offset = startOf(pair.key, offset);
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(key)];
      offset = startOf(node, offset);
    }
  }
  return offset;
}

function startOf(node: unknown, otherwise: number): number {
  return isNode(node) && node.range ? node.range[0] : otherwise;
}

/** `shop.yaml` and `shop.yml` can both be named after one id. */
function listTwins(policies: readonly PolicyFile[]): FileProblem[] {
  const fileOf = new Map<string, string>();
  return policies.flatMap(({ policy: { id }, file }) => {
    const other = fileOf.get(id);
    fileOf.set(id, file);
    if (other === undefined) return [];
    const message = `id: "${id}" is also the id of ${other}; remove one of the two`;
    return [{ file, line: 1, message }];
  });
}

/** Two policies that could undo each other's work. */
function listRivals(policies: readonly PolicyFile[]): FileProblem[] {
  return listClaims(policies.map(({ policy }) => policy)).flatMap(({ index, ...claim }) => {
    const { file, policy } = policies[index] ?? {};
    if (file === undefined || policy?.id === claim.other) return [];
    return [{ file, line: 1, message: describeClaim(claim) }];
  });
}
