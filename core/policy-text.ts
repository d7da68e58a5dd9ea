/** A policy as it stands in a file: YAML, and where in it each field is written. */
import { type Document, isMap, isSeq, type ParsedNode } from 'yaml';
import { type LineAt, nameOf, parsePlainYaml, YAML_CODES } from './plain-yaml.ts';
import { type Policy, parsePolicy } from './policy.ts';
import { type Home, listForeignTopics } from './policy-topics.ts';
import { isMapping, type Problem, type ProblemCode, showName } from './problem.ts';
import type { Settings } from './settings.ts';
import { listUnsupported } from './unsupported-fields.ts';

/** What a text can be wrong in, beside what a document can. */
export const TEXT_CODES = [...YAML_CODES, 'id_not_file_name'] as const;

export interface TextFlaw extends Omit<Problem, 'code'> {
  code: ProblemCode | (typeof TEXT_CODES)[number];
  line: number;
}

export interface PolicyText {
  /** As written: what is deployed, and what the API will show. */
  document: Record<string, unknown>;
  policy: Policy;
  /** Where a field is written, with dots, or else the field around it that is. */
  lineOf(field: string): number;
}

export interface ReadText {
  /** Also there where the id is not the file's name: other files are still compared with it. */
  read?: PolicyText;
  flaws: TextFlaw[];
}

/** Reads the text of a file of this name, without its ending; every mistake at once. */
export function readPolicyText(
  text: string,
  name: string,
  settings: Settings,
  home?: Home,
): ReadText {
  const yaml = parsePlainYaml(text);
  if (yaml.ok) return judgeDocument(yaml.source, name, { settings, home }, yaml.lineAt);
  const flaws = yaml.flaws.map(({ what, ...flaw }) => ({
    path: '',
    value: undefined,
    message: `${what}; ${flaw.mend}`,
    ...flaw,
  }));
  return { flaws };
}

function judgeDocument(
  source: Document.Parsed,
  name: string,
  { settings, home }: { settings: Settings; home: Home | undefined },
  lineAt: LineAt,
): ReadText {
  const document: unknown = source.toJS();
  const lineOf = (field: string) => lineAt(offsetBelow(source.contents, field, 0));
  const parsed = parsePolicy(document, settings);
  const problems = parsed.ok
    ? [...listUnsupported(parsed.policy), ...listForeignTopics(parsed.policy, home)]
    : parsed.problems;
  const flaws: TextFlaw[] = problems.map((one) => ({ ...one, line: lineOf(one.path) }));
  if (!parsed.ok || !isMapping(document)) return { flaws };
  const { policy } = parsed;
  if (policy.id !== name) flaws.push(misnamed(policy.id, lineOf('id')));
  return { read: { document, policy, lineOf }, flaws };
}

/** The file's name is the policy's id, so that two files cannot mean the same policy. */
function misnamed(id: string, line: number): TextFlaw {
  const mend = `name the file ${id}.yaml`;
  const message = `id: ${JSON.stringify(id)} is not the file's name; ${mend}`;
  return { path: 'id', value: id, code: 'id_not_file_name', message, mend, line };
}

/** Where a field below a node begins, or else the nearest around it that is written. */
function offsetBelow(node: ParsedNode | null, field: string, around: number): number {
  const step = field === '' ? undefined : findStep(node, `${field}.`);
  if (step === undefined) return around;
  return offsetBelow(step.value, field.slice(step.name.length + 1), step.place.range[0]);
}

/** A key may have dots in it: the one with which the path begins. */
function findStep(node: ParsedNode | null, path: string) {
  if (isSeq(node)) {
    const name = path.slice(0, path.indexOf('.'));
    const value = node.items[Number(name)];
    return value === undefined ? undefined : { name, place: value, value };
  }
  if (!isMap(node)) return undefined;
  const named = node.items.map(({ key, value }) => ({
    name: showName(nameOf(key)),
    place: key,
    value,
  }));
  return named.find(({ name }) => path.startsWith(`${name}.`));
}
