/** Query and Scan: what they refuse, and which entries their pages are taken from. */
import { acceptItem } from './accept-value.ts';
import { headOf } from './document-path.ts';
import type { Path } from './expression-tree.ts';
import type { Position } from './key.ts';
import { type KeyRange, planKeyRange } from './key-condition.ts';
import { type HoldBack, type PageAnswer, type PageRequest, readPage, slice } from './page.ts';
import { invalid } from './refusal.ts';
import { type Input, readChoice, readFlag, readLimit, readText } from './request.ts';
import { type Expressions, readExpressions } from './request-expressions.ts';
import { refuseKeyPaths, type Table } from './table.ts';
import { namesOf } from './table-definition.ts';
import type { TableIndex } from './table-index.ts';

const SELECTS = [
  'SPECIFIC_ATTRIBUTES',
  'COUNT',
  'ALL_ATTRIBUTES',
  'ALL_PROJECTED_ATTRIBUTES',
] as const;
type Select = (typeof SELECTS)[number];

export function query(input: Input, findTable: () => Table, held: HoldBack): PageAnswer {
  const expressions = readExpressions(input, [
    'ProjectionExpression',
    'FilterExpression',
    'KeyConditionExpression',
  ]);
  const { keyCondition } = expressions;
  if (!keyCondition) {
    throw invalid(
      'Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.',
    );
  }
  const request = readRequest(input, expressions, findTable);
  const { table, index } = request;
  refuseFilterKeys(request);
  if (index) refuseUnprojected(index, expressions);
  const range = planKeyRange(keyCondition, (index ?? table).definition.key);
  const isForward = readFlag(input, 'ScanIndexForward', true);
  return readPage(request, held, (source) => {
    if (source.start) refuseStart(source.start, range);
    return slice(source, range, isForward);
  });
}

export function scan(input: Input, findTable: () => Table, held: HoldBack): PageAnswer {
  const expressions = readExpressions(input, ['ProjectionExpression', 'FilterExpression']);
  const request = readRequest(input, expressions, findTable);
  return readPage(request, held, (source) => source.entries.scan(source.start));
}

function readRequest(input: Input, expressions: Expressions, findTable: () => Table): PageRequest {
  const limit = readLimit(input);
  const startKey = input['ExclusiveStartKey'];
  const start = startKey === undefined ? undefined : acceptItem(startKey);
  const indexName = readText(input, 'IndexName');
  const select = readChoice(input, 'Select', SELECTS);
  const isConsistent = readFlag(input, 'ConsistentRead');
  const table = findTable();
  const index = indexName === undefined ? undefined : table.index(indexName);
  if (index && isConsistent) {
    throw invalid('Consistent reads are not supported on global secondary indexes');
  }
  refuseSelect(select, expressions, index);
  refuseKeyPaths(expressions.paths, table.definition);
  const isCount = select === 'COUNT';
  return { table, index, expressions, isConsistent, isCount, limit, startKey: start };
}

function refuseSelect(
  select: Select | undefined,
  { projection }: Expressions,
  index: TableIndex | undefined,
): void {
  if (select === undefined) return;
  if (select === 'SPECIFIC_ATTRIBUTES') {
    if (projection) return;
    throw invalid(
      'Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES',
    );
  }
  if (projection) {
    const choice = select === 'COUNT' ? 'only the Count' : select;
    throw invalid(`Cannot specify the ProjectionExpression when choosing to get ${choice}`);
  }
  if (select === 'ALL_PROJECTED_ATTRIBUTES' && !index) {
    throw invalid('ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName');
  }
  if (select === 'ALL_ATTRIBUTES' && index?.definition.projected) {
    throw invalid(
      `One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not supported for global secondary index ${index.definition.name} because its projection type is not ALL`,
    );
  }
}

function refuseFilterKeys({ table, index, expressions }: PageRequest): void {
  const names = namesOf((index ?? table).definition.key);
  const heads = expressions.filterPaths.map(headOf);
  const key = names.find((name) => heads.includes(name));
  if (key === undefined) return;
  throw invalid(
    `Filter Expression can only contain non-primary key attributes: Primary key attribute: ${key}`,
  );
}

function refuseUnprojected({ definition }: TableIndex, expressions: Expressions): void {
  const { name, projected } = definition;
  if (!projected) return;
  const missing = (paths: readonly Path[]) =>
    paths.map(headOf).filter((head) => !projected.has(head));
  const unread = missing(expressions.projection ?? []);
  if (unread.length > 0) {
    throw invalid(
      `One or more parameter values were invalid: Global secondary index ${name} does not project [${unread.join(', ')}]`,
    );
  }
  const unfiltered = missing(expressions.filterPaths);
  if (unfiltered.length > 0) {
    throw invalid(
      `One or more parameter values were invalid: Secondary index ${name} does not project one or more filter attributes: [${unfiltered.join(', ')}]`,
    );
  }
}

function refuseStart(start: Position, range: KeyRange): void {
  if (start.partition !== range.partition) {
    throw invalid(
      'The provided starting key is outside query boundaries based on provided conditions',
    );
  }
  if (range.side(start.sort) !== 0) {
    throw invalid('The provided starting key does not match the range key predicate');
  }
}
