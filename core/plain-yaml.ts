/**
 * YAML without its traps, in a time and a memory that the length of the text bounds: no anchors and aliases
 * (a few lines of them are gigabytes), no tags, no directives (`%YAML 1.1` makes a number of 22:00), no key
 * twice, no key that is a list or nothing, and nothing deeper than a policy can be.
 *
 * The depth is judged on tokens, before anything is called that calls itself. The library's own check for
 * keys that stand twice compares each with all others: a file of 8,000 keys would take it seconds.
 */
import {
  Composer,
  CST,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type ParsedNode,
  Parser,
} from 'yaml';
import { showName } from './problem.ts';

export const YAML_CODES = [
  'not_utf8',
  'empty_file',
  'second_document',
  'not_yaml',
  'too_deep',
  'key_twice',
  'yaml_trap',
] as const;

interface YamlFlaw {
  code: (typeof YAML_CODES)[number];
  what: string;
  mend: string;
  line: number;
}

/** The line of a place in the text. */
export type LineAt = (offset: number) => number;

export type PlainYaml =
  | { ok: true; source: Document.Parsed; lineAt: LineAt }
  | { ok: false; flaws: YamlFlaw[] };

/** A policy is four deep. */
const MOST_DEPTH = 20;
/** Whoever writes a hundred aliases has one thing to learn. */
const MOST_FLAWS = 100;
/** The library quotes what it did not expect, however long. */
const MOST_SAID = 160;

export function parsePlainYaml(text: string): PlainYaml {
  const lines = new LineCounter();
  const tokens = [...new Parser(lines.addNewLine).parse(text)];
  const lineAt: LineAt = (offset) => lines.linePos(offset).line;
  const refused = refuseBytes(text, lineAt) ?? refuseTokens(tokens, lineAt);
  if (refused !== undefined) return { ok: false, flaws: [refused] };
  const [source, second] = new Composer({ uniqueKeys: false }).compose(tokens);
  const unusable = refuseDocuments(source, second, lineAt);
  if (source === undefined || unusable !== undefined) {
    const nothing = { what: 'is empty', mend: 'write a policy as in policies/', line: 1 };
    return { ok: false, flaws: [unusable ?? { code: 'empty_file', ...nothing }] };
  }
  const flaws = listTraps(source, lineAt);
  return flaws.length > 0 ? { ok: false, flaws } : { ok: true, source, lineAt };
}

/** What is no UTF-8 was read as this character, which nobody writes. */
function refuseBytes(text: string, lineAt: LineAt): YamlFlaw | undefined {
  const offset = text.indexOf('\ufffd');
  if (offset < 0) return undefined;
  const mend = 'save the file as UTF-8';
  return {
    code: 'not_utf8',
    what: 'has a character that is not UTF-8',
    mend,
    line: lineAt(offset),
  };
}

function refuseTokens(tokens: readonly CST.Token[], lineAt: LineAt): YamlFlaw | undefined {
  const directive = tokens.find(({ type }) => type === 'directive');
  if (directive !== undefined) {
    const line = lineAt(directive.offset);
    return { code: 'yaml_trap', what: 'has a directive', mend: 'remove the line', line };
  }
  const deep = findTooDeep(tokens);
  if (deep === undefined) return undefined;
  const what = `is nested more than ${MOST_DEPTH} deep`;
  return { code: 'too_deep', what, mend: 'write a policy as in policies/', line: lineAt(deep) };
}

/** Where a list or a mapping begins that stands in too many others. */
function findTooDeep(tokens: readonly CST.Token[]): number | undefined {
  const open = tokens.map((token) => ({
    token: token.type === 'document' ? token.value : undefined,
    depth: 1,
  }));
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { token, depth } = next;
    if (!CST.isCollection(token)) continue;
    if (depth > MOST_DEPTH) return token.offset;
    for (const { key, value } of token.items) {
      open.push({ token: key ?? undefined, depth: depth + 1 }, { token: value, depth: depth + 1 });
    }
  }
  return undefined;
}

function refuseDocuments(
  source: Document.Parsed | undefined,
  second: Document.Parsed | undefined,
  lineAt: LineAt,
): YamlFlaw | undefined {
  if (second !== undefined) {
    const [what, mend] = ['a second document begins here', 'give each policy its own file'];
    return { code: 'second_document', what, mend, line: lineAt(second.range[0]) };
  }
  // What follows a first error is its consequence more often than another mistake.
  const error = source?.errors[0];
  if (error === undefined) return undefined;
  const what = `is not YAML: ${error.message.slice(0, MOST_SAID)}`;
  const mend = 'look at this line and the one before it';
  return { code: 'not_yaml', what, mend, line: lineAt(error.pos[0]) };
}

function listTraps(source: Document.Parsed, lineAt: LineAt): YamlFlaw[] {
  const flaws = listNodes(source.contents).flatMap((node): Placed[] => {
    const trap = nameTrap(node);
    const mend = 'write the value out';
    const own: Placed[] =
      trap === undefined ? [] : [{ code: 'yaml_trap', what: `has ${trap}`, mend, place: node }];
    return isMap(node) ? [...own, ...judgeKeys(node.items.map(({ key }) => key))] : own;
  });
  return flaws
    .slice(0, MOST_FLAWS)
    .map(({ place, ...flaw }) => ({ ...flaw, line: lineAt(place.range[0]) }));
}

type Placed = Omit<YamlFlaw, 'line'> & { place: ParsedNode };

/** As deep as the tokens were, at most. */
function listNodes(node: ParsedNode | null): ParsedNode[] {
  if (node === null) return [];
  if (isSeq(node)) return [node, ...node.items.flatMap(listNodes)];
  if (!isMap(node)) return [node];
  return [
    node,
    ...node.items.flatMap(({ key, value }) => [...listNodes(key), ...listNodes(value)]),
  ];
}

function nameTrap(node: ParsedNode): string | undefined {
  if (isAlias(node)) return `the alias *${showName(node.source)}`;
  if (node.anchor !== undefined) return `the anchor &${showName(node.anchor)}`;
  return node.tag === undefined ? undefined : `the tag ${showName(node.tag)}`;
}

/** `1` and `"1"` are one key of what becomes of the mapping. */
function judgeKeys(keys: readonly ParsedNode[]): Placed[] {
  const seen = new Set<string>();
  return keys.flatMap((place): Placed[] => {
    const name = nameOf(place);
    if (name === '') {
      const what = 'has a key that is no word';
      return [{ code: 'yaml_trap', what, mend: 'write the name of a field', place }];
    }
    if (seen.has(name)) {
      const what = `has the key ${showName(name)} twice`;
      return [{ code: 'key_twice', what, mend: 'keep one of them', place }];
    }
    seen.add(name);
    return [];
  });
}

/** The word that a key is; '' for a list, a mapping, an alias, and for nothing at all. */
export function nameOf(key: ParsedNode): string {
  return isScalar(key) && key.value !== null ? String(key.value) : '';
}
