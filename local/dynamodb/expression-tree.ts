/**
 * Expressions as read (unbound: `#aliases` and `:values` by name, kept between calls) and as bound
 * to one request's ExpressionAttributeNames and ExpressionAttributeValues.
 */
import type { AttributeValue } from './attribute-value.ts';

/** Attribute names and list indexes; `#alias` stands for a name. */
export type UnboundPath = readonly (string | number)[];
export type Path = readonly (string | number)[];

export type Comparator = '=' | '<>' | '<' | '<=' | '>' | '>=';

export type UnboundOperand =
  | { readonly kind: 'path'; readonly path: UnboundPath }
  | { readonly kind: 'value'; readonly name: string }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly UnboundOperand[] };

export type UnboundCondition =
  | {
      readonly kind: 'compare';
      readonly operator: Comparator;
      readonly left: UnboundOperand;
      readonly right: UnboundOperand;
    }
  | {
      readonly kind: 'between';
      readonly operand: UnboundOperand;
      readonly low: UnboundOperand;
      readonly high: UnboundOperand;
    }
  | {
      readonly kind: 'in';
      readonly operand: UnboundOperand;
      readonly choices: readonly UnboundOperand[];
    }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly UnboundOperand[] }
  | { readonly kind: 'and'; readonly left: UnboundCondition; readonly right: UnboundCondition }
  | { readonly kind: 'or'; readonly left: UnboundCondition; readonly right: UnboundCondition }
  | { readonly kind: 'not'; readonly condition: UnboundCondition };

export type Operand =
  | { readonly kind: 'path'; readonly path: Path }
  | { readonly kind: 'value'; readonly value: AttributeValue }
  | { readonly kind: 'size'; readonly of: Operand };

export type ConditionFunction =
  | 'attribute_exists'
  | 'attribute_not_exists'
  | 'attribute_type'
  | 'begins_with'
  | 'contains';

export type Condition =
  | {
      readonly kind: 'compare';
      readonly operator: Comparator;
      readonly left: Operand;
      readonly right: Operand;
    }
  | {
      readonly kind: 'between';
      readonly operand: Operand;
      readonly low: Operand;
      readonly high: Operand;
    }
  | { readonly kind: 'in'; readonly operand: Operand; readonly choices: readonly Operand[] }
  | {
      readonly kind: 'call';
      readonly name: ConditionFunction;
      readonly first: Operand;
      readonly second: Operand | undefined;
    }
  | { readonly kind: 'and'; readonly left: Condition; readonly right: Condition }
  | { readonly kind: 'or'; readonly left: Condition; readonly right: Condition }
  | { readonly kind: 'not'; readonly condition: Condition };

export type UnboundSetValue =
  | UnboundOperand
  | {
      readonly kind: 'sum';
      readonly sign: 1 | -1;
      readonly left: UnboundOperand;
      readonly right: UnboundOperand;
    };

export type UnboundClause =
  | { readonly kind: 'set'; readonly path: UnboundPath; readonly value: UnboundSetValue }
  | { readonly kind: 'remove'; readonly path: UnboundPath }
  | { readonly kind: 'add' | 'delete'; readonly path: UnboundPath; readonly name: string };

export type SetValue =
  | { readonly kind: 'path'; readonly path: Path }
  | { readonly kind: 'value'; readonly value: AttributeValue }
  | { readonly kind: 'if_not_exists'; readonly path: Path; readonly otherwise: SetValue }
  | { readonly kind: 'list_append'; readonly left: SetValue; readonly right: SetValue }
  | {
      readonly kind: 'sum';
      readonly sign: 1 | -1;
      readonly left: SetValue;
      readonly right: SetValue;
    };

export type Clause =
  | { readonly kind: 'set'; readonly path: Path; readonly value: SetValue }
  | { readonly kind: 'remove'; readonly path: Path }
  | { readonly kind: 'add' | 'delete'; readonly path: Path; readonly value: AttributeValue };
