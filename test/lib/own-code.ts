/**
 * A lambda's own code as it is deployed, as a syntax tree: what its file reaches of lambdas/, aws/ and core/.
 *
 * esbuild leaves out every function that nothing refers to, and gives each name of the one scope that is
 * left a spelling of its own; so a call is found by the name that it calls. Packages stay outside.
 * What cannot be followed throws: a check that skips what it does not understand is none.
 */
import { buildSync } from 'esbuild';
import { parseAst } from 'vitest/node';

type Program = ReturnType<typeof parseAst>;
type Statement = Program['body'][number];
export type Expression = Extract<Statement, { type: 'ExpressionStatement' }>['expression'];
type Declaration = Extract<Statement, { type: 'VariableDeclaration' }>;
export type FunctionNode = Extract<Expression | Statement, { params: unknown; body: unknown }>;
export type Node =
  | Expression
  | Statement
  | Declaration['declarations'][number]
  | FunctionNode['params'][number];

export interface OwnCode {
  nodes: readonly Node[];
  parents: ReadonlyMap<Node, Node>;
}

export function parseOwnCode(entry: string): OwnCode {
  const { outputFiles } = buildSync({
    entryPoints: [entry],
    write: false,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    packages: 'external',
    logLevel: 'warning',
  });
  const nodes: Node[] = [];
  const parents = new Map<Node, Node>();
  const walk = (value: unknown, parent?: Node) => {
    if (Array.isArray(value)) for (const one of value) walk(one, parent);
    else if (isNode(value)) {
      nodes.push(value);
      if (parent !== undefined) parents.set(value, parent);
      for (const child of Object.values(value)) walk(child, value);
    }
  };
  for (const { text } of outputFiles) walk(parseAst(text).body);
  return { nodes, parents };
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value;
}

/** What is imported from packages, by the name that it has here. */
export function importsOf({ nodes }: OwnCode): Map<string, { from: string; name: string }> {
  const found = new Map<string, { from: string; name: string }>();
  for (const node of nodes) {
    if (node.type === 'ImportExpression') throw new Error('an import() cannot be followed');
    if (node.type !== 'ImportDeclaration') continue;
    for (const one of node.specifiers) {
      const imported = one.type === 'ImportSpecifier' ? one.imported : undefined;
      const name = imported?.type === 'Identifier' ? imported.name : '*';
      found.set(one.local.name, { from: node.source.value, name });
    }
  }
  return found;
}

/** Where a name is read: not where it is declared, imported, or only the name of a field. */
export function referencesTo({ nodes, parents }: OwnCode, name: string): Node[] {
  return nodes.filter((node) => {
    if (node.type !== 'Identifier' || node.name !== name) return false;
    const parent = parents.get(node);
    switch (parent?.type) {
      case 'MemberExpression':
        return parent.object === node || parent.computed;
      case 'FunctionDeclaration':
      case 'VariableDeclarator':
        return parent.id !== node;
      default:
        return !/^Import/.test(parent?.type ?? '') && !isFieldName(parent, node);
    }
  });
}

function isFieldName(parent: Node | undefined, node: unknown): boolean {
  const isProperty = parent !== undefined && 'key' in parent && 'value' in parent;
  return isProperty && parent.key === node && parent.value !== node;
}

/** The UPPER_CASE names that a field is made from anywhere: `url: env.QUEUE_URL` gives QUEUE_URL. */
export function constantsOf({ nodes }: OwnCode, field: string): Set<string> {
  const found = nodes.flatMap((node) => {
    if (node.type !== 'ObjectExpression') return [];
    return node.properties.flatMap((one) => {
      const isField =
        one.type === 'Property' && one.key.type === 'Identifier' && one.key.name === field;
      const from =
        isField && one.value.type === 'MemberExpression' ? one.value.property : undefined;
      return from?.type === 'Identifier' && /^[A-Z_]+$/.test(from.name) ? [from.name] : [];
    });
  });
  return new Set(found);
}

/** The variables that are read: `….env.NAME`, `env['NAME']`, `readEnvironment(…).NAME`, `const { NAME } = …`. */
export function variablesRead({ nodes }: OwnCode): Set<string> {
  const keys = nodes.flatMap((node) => {
    if (node.type === 'ObjectPattern') {
      return node.properties.flatMap((one) => (one.type === 'Property' ? [one.key] : []));
    }
    if (node.type !== 'MemberExpression') return [];
    const from = node.object.type === 'CallExpression' ? node.object.callee : node.object;
    const end = from.type === 'MemberExpression' ? from.property : from;
    return 'name' in end && /^(env|readEnvironment)\d*$/.test(String(end.name))
      ? [node.property]
      : [];
  });
  const names = keys.map((key) => ('name' in key ? key.name : 'value' in key ? key.value : ''));
  return new Set(names.map(String).filter((name) => /^[A-Z][A-Z_]+$/.test(name)));
}
