/**
 * What an expression of a lambda's code may stand for: followed back through constants, through parameters to
 * all who call, and through objects that are spread or taken apart into entries.
 */
import {
  type Expression,
  type FunctionNode,
  type Node,
  type OwnCode,
  referencesTo,
} from './own-code.ts';

/** The expressions that an identifier may stand for: its initializer, or what callers give for it. */
function sourcesOf(code: OwnCode, at: Node & { type: 'Identifier' }): Expression[] {
  const isChanged = code.nodes.some(
    (one) =>
      one.type === 'AssignmentExpression' &&
      one.left.type === 'Identifier' &&
      one.left.name === at.name,
  );
  if (isChanged) throw new Error(`it cannot be told what ${at.name} is: it changes`);
  for (let scope = code.parents.get(at); scope !== undefined; scope = code.parents.get(scope)) {
    if (isFunction(scope)) {
      const index = scope.params.findIndex(
        (one) => one.type === 'Identifier' && one.name === at.name,
      );
      if (index >= 0) return argumentsFor(code, scope, index);
    }
    const body = 'body' in scope && Array.isArray(scope.body) ? scope.body : [];
    for (const declaration of body.filter((one) => one.type === 'VariableDeclaration')) {
      for (const { id, init } of declaration.declarations) {
        if (id.type === 'Identifier' && id.name === at.name && init) return [init];
      }
    }
  }
  throw new Error(`it cannot be told what ${at.name} is`);
}

function isFunction(node: Node): node is FunctionNode {
  return 'params' in node && 'body' in node;
}

function argumentsFor(code: OwnCode, called: FunctionNode, index: number): Expression[] {
  const name = called.id?.name;
  if (name === undefined) throw new Error('it cannot be told who calls a function without a name');
  return referencesTo(code, name).map((reference) => {
    const call = code.parents.get(reference);
    const given = call?.type === 'CallExpression' && call.callee === reference;
    const argument = given ? call.arguments[index] : undefined;
    if (argument === undefined || argument.type === 'SpreadElement') {
      throw new Error(`it cannot be told what ${name} is called with`);
    }
    return argument;
  });
}

/** What may stand in a field of an object: its own, or one that is spread into it. */
export function fieldOf(code: OwnCode, from: Expression, field: string): Expression[] {
  switch (from.type) {
    case 'ObjectExpression':
      return from.properties.flatMap((one) => {
        if (one.type === 'SpreadElement') return fieldOf(code, one.argument, field);
        return one.key.type === 'Identifier' && !one.computed && one.key.name === field
          ? [one.value]
          : [];
      });
    case 'Identifier':
      return sourcesOf(code, from).flatMap((one) => fieldOf(code, one, field));
    case 'LogicalExpression':
      return fieldOf(code, from.right, field);
    case 'ConditionalExpression':
      return [from.consequent, from.alternate].flatMap((one) => fieldOf(code, one, field));
    default:
      throw new Error(`it cannot be told what ${field} is in a ${from.type}`);
  }
}

/** The computed keys of an object, also of one that goes through its entries. */
export function keysOf(code: OwnCode, from: Expression): Expression[] {
  switch (from.type) {
    case 'ObjectExpression':
      return from.properties.map((one) => {
        const isComputed = one.type === 'Property' && one.computed;
        if (isComputed && one.key.type !== 'PrivateIdentifier') return one.key;
        throw new Error('it cannot be told what keys an object has');
      });
    case 'Identifier':
      return sourcesOf(code, from).flatMap((one) => keysOf(code, one));
    case 'CallExpression': {
      // Object.fromEntries(entries), Object.entries(object), entries.map(…)
      const { callee, arguments: given } = from;
      const on = callee.type === 'MemberExpression' ? callee.object : undefined;
      const [first] = given;
      const through = on?.type === 'Identifier' && on.name === 'Object' ? first : on;
      if (through !== undefined && through.type !== 'SpreadElement') return keysOf(code, through);
    }
  }
  throw new Error(`it cannot be told what keys a ${from.type} has`);
}

/** The names that an expression ends in: `store.policies` is `policies`, a text is itself. */
export function wordsOf(code: OwnCode, from: Expression): string[] {
  if (from.type === 'Literal' && typeof from.value === 'string') return [from.value];
  if (from.type === 'MemberExpression' && from.property.type === 'Identifier' && !from.computed) {
    return [from.property.name];
  }
  if (from.type === 'Identifier') {
    return sourcesOf(code, from).flatMap((one) => wordsOf(code, one));
  }
  throw new Error(`it cannot be told what a ${from.type} names`);
}

/** The object literal that a field's value stands in. */
export function objectAround(code: OwnCode, value: Expression): Expression {
  const property = code.parents.get(value);
  const object = property === undefined ? undefined : code.parents.get(property);
  if (object?.type !== 'ObjectExpression') throw new Error('the value stands in no object');
  return object;
}
