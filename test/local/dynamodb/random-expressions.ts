/** Random expressions over few attributes and values, so that they often meet. */
import fc from 'fast-check';
import type { Wire } from './emulator.ts';

/** What the generators leave out because an oracle is known to be wrong there (see edges/). */
export interface Abilities {
  /** Compares lists and maps, attributes with attributes, and texts beyond U+FFFF. */
  readonly comparesAll: boolean;
  /** Changes elements of lists other than by SET. */
  readonly editsLists: boolean;
  /** Counts what indexes cost, and shows the item that failed a condition. */
  readonly reportsAll: boolean;
}

/** Text with a `?` for each value; see `express`. */
export interface Fragment {
  readonly text: string;
  readonly values: readonly Wire[];
}

const PATHS = ['a', 'b', 'm', 'm.x', 'm.y', 'l', 'l[0]', 'l[1]', 'l[0].x', '#st', 'm.#st'];
const NAMES: Wire = { '#st': 'status' };

// dynalite takes what JavaScript holds for false for missing: '' and false are edges.
const text = fc.constantFrom('a', 'ab', 'b', 'é', '1');
const anyText = fc.constantFrom('', 'a', 'ab', 'b', 'é', '\u{ffff}', '\u{10000}', '1');
const number = fc.constantFrom('0', '1', '1.0', '-2', '10', '1e2', '0.5', '12345678901234567890');
const bytes = fc.constantFrom('AA==', 'AQI=', '/w==');
const textSet = fc.uniqueArray(fc.constantFrom('a', 'b', 'c'), { minLength: 1 });
const numberSet = fc.uniqueArray(fc.constantFrom('1', '2', '10'), { minLength: 1 });

const S = text.map((value): Wire => ({ S: value }));
const N = number.map((value): Wire => ({ N: value }));
const B = bytes.map((value): Wire => ({ B: value }));
const sets = fc.oneof(
  textSet.map((members): Wire => ({ SS: members })),
  numberSet.map((members): Wire => ({ NS: members })),
);
const flat = fc.oneof(S, N, B, sets, fc.constant<Wire>({ BOOL: true }));

function ordered(can: Abilities): fc.Arbitrary<Wire> {
  return fc.oneof(can.comparesAll ? anyText.map((value): Wire => ({ S: value })) : S, N, B);
}

const list = fc.array(
  fc.oneof(
    S,
    N,
    sets,
    fc.record({ x: S }).map((x): Wire => ({ M: x })),
  ),
  {
    maxLength: 3,
  },
);
const L = list.map((members): Wire => ({ L: members }));
const M = fc
  .record({ x: flat, y: fc.oneof(flat, L), status: S }, { requiredKeys: [] })
  .map((members): Wire => ({ M: members }));
const anyValue = fc.oneof(flat, fc.constant<Wire>({ NULL: true }), L, M);

export const attributes = (can: Abilities): fc.Arbitrary<Wire> =>
  fc.record(
    {
      a: anyValue,
      b: can.comparesAll ? ordered(can) : flat,
      m: M,
      l: L,
      status: S,
      g: fc.constantFrom({ S: 'G' }, { S: 'H' }),
      n: fc.constantFrom({ N: '1' }, { N: '2' }, { N: '-1.5' }, { N: '10' }),
    },
    { requiredKeys: [] },
  );

const path = fc.constantFrom(...PATHS);
const comparator = fc.constantFrom('=', '<>', '<', '<=', '>', '>=');
const TYPES = ['S', 'N', 'B', 'BOOL', 'NULL', 'L', 'M', 'SS', 'NS', 'BS'];

export function conditions(can: Abilities): fc.Arbitrary<Fragment> {
  const compared = can.comparesAll ? anyValue : flat;
  const leaf = fc.oneof(
    fragment(fc.tuple(path, comparator), fc.tuple(ordered(can)), ([p, op]) => `${p} ${op} ?`),
    fragment(
      fc.tuple(path, fc.constantFrom('=', '<>')),
      fc.tuple(compared),
      ([p, op]) => `${p} ${op} ?`,
    ),
    fragment(fc.tuple(path), fc.tuple(N, N), ([p]) => `${p} BETWEEN ? AND ?`),
    fragment(fc.tuple(path), fc.tuple(compared, ordered(can)), ([p]) => `${p} IN (?, ?)`),
    fragment(fc.tuple(path), fc.tuple(), ([p]) => `attribute_exists(${p})`),
    fragment(fc.tuple(path), fc.tuple(), ([p]) => `attribute_not_exists(${p})`),
    fragment(
      fc.tuple(path),
      fc.tuple(fc.constantFrom(...TYPES).map((type): Wire => ({ S: type }))),
      ([p]) => `attribute_type(${p}, ?)`,
    ),
    fragment(fc.tuple(path), fc.tuple(fc.oneof(S, B)), ([p]) => `begins_with(${p}, ?)`),
    fragment(fc.tuple(path), fc.tuple(fc.oneof(S, N, B)), ([p]) => `contains(${p}, ?)`),
    fragment(
      fc.tuple(path, comparator),
      fc.tuple(fc.constantFrom({ N: '0' }, { N: '1' }, { N: '2' })),
      ([p, op]) => `size(${p}) ${op} ?`,
    ),
    ...(can.comparesAll
      ? [fragment(fc.tuple(path, comparator, path), fc.tuple(), ([p, op, o]) => `${p} ${op} ${o}`)]
      : []),
  );
  const { condition } = fc.letrec<{ condition: Fragment }>((tie) => ({
    condition: fc.oneof(
      { maxDepth: 2, withCrossShrink: true },
      { arbitrary: leaf, weight: 3 },
      {
        arbitrary: fc
          .tuple(tie('condition'), fc.constantFrom('AND', 'OR'), tie('condition'))
          .map(([left, op, right]) => join([left, right], ([l, r]) => `(${l}) ${op} (${r})`)),
        weight: 2,
      },
      {
        arbitrary: tie('condition').map((inner) => join([inner], ([i]) => `NOT (${i})`)),
        weight: 1,
      },
    ),
  }));
  return condition;
}

export interface RandomUpdate {
  readonly fragment: Fragment;
  /** Whether it names whole attributes only. */
  readonly isFlat: boolean;
}

export function updates(can: Abilities): fc.Arbitrary<RandomUpdate> {
  const target = fc.constantFrom(...PATHS);
  const edited = fc.constantFrom(...PATHS.filter((each) => can.editsLists || !each.includes('[')));
  const source = can.editsLists ? path : fc.constantFrom('b', '#st');
  const value = fc.oneof(
    fragment(fc.tuple(), fc.tuple(anyValue), () => '?'),
    fragment(fc.tuple(source), fc.tuple(), ([p]) => p),
    fragment(fc.tuple(source, fc.constantFrom('+', '-')), fc.tuple(N), ([p, op]) => `${p} ${op} ?`),
    fragment(fc.tuple(source), fc.tuple(N, N), ([p]) => `if_not_exists(${p}, ?) + ?`),
    fragment(fc.tuple(source), fc.tuple(anyValue), ([p]) => `if_not_exists(${p}, ?)`),
    fragment(
      fc.tuple(fc.constant('l')),
      fc.tuple(L, L),
      ([p]) => `list_append(if_not_exists(${p}, ?), ?)`,
    ),
    fragment(fc.tuple(fc.constant('l')), fc.tuple(L), ([p]) => `list_append(?, ${p})`),
  );
  // Index keys of a wrong type are edges: the oracles judge them before or after the condition.
  const keys = fc.oneof(
    fragment(fc.tuple(), fc.tuple(fc.constant<Wire>({ S: 'H' })), () => 'g = ?'),
    fragment(fc.tuple(), fc.tuple(N), () => 'n = ?'),
  );
  const set = fc.oneof(
    {
      // dynalite shares the elements of a list that it appends to, and can make an item endless.
      arbitrary: fc
        .tuple(target, value)
        .filter(([t, { text }]) => can.editsLists || t === 'l' || !text.includes('list_append'))
        .map(([t, v]) => join([v], ([r]) => `${t} = ${r}`)),
      weight: 6,
    },
    { arbitrary: keys, weight: 1 },
  );
  const remove = fragment(
    fc.tuple(fc.oneof(edited, fc.constantFrom('g', 'n'))),
    fc.tuple(),
    ([p]) => p,
  );
  const add = fragment(fc.tuple(edited), fc.tuple(fc.oneof(N, sets)), ([p]) => `${p} ?`);
  const subtract = fragment(fc.tuple(edited), fc.tuple(sets), ([p]) => `${p} ?`);
  const section = (name: string, clause: fc.Arbitrary<Fragment>) =>
    fc
      .array(clause, { maxLength: 2 })
      .map((clauses) =>
        clauses.length === 0 ? undefined : join(clauses, (texts) => `${name} ${texts.join(', ')}`),
      );
  return fc
    .tuple(
      section('SET', set),
      section('REMOVE', remove),
      section('ADD', add),
      section('DELETE', subtract),
    )
    .map((sections) => sections.filter((each) => each !== undefined))
    .filter((sections) => sections.length > 0)
    .map((sections) => join(sections, (texts) => texts.join(' ')))
    .map((joined) => ({ fragment: joined, isFlat: !/[.[]/.test(joined.text) }));
}

export const projections: fc.Arbitrary<Fragment> = fc
  .uniqueArray(fc.constantFrom('p', 's', ...PATHS), { minLength: 1, maxLength: 3 })
  .map((paths) => ({ text: paths.join(', '), values: [] }));

/** The members of a request that say what the fragments say. */
export function express(fragments: Readonly<Record<string, Fragment | undefined>>): Wire {
  const members: Wire = {};
  const values: Wire = {};
  for (const [parameter, each] of Object.entries(fragments)) {
    if (!each) continue;
    let next = 0;
    members[parameter] = each.text.replaceAll('?', () => {
      const name = `:v${Object.keys(values).length}`;
      values[name] = each.values[next];
      next += 1;
      return name;
    });
  }
  const texts = Object.values(members).join(' ');
  const names = Object.entries(NAMES).filter(([alias]) => texts.includes(alias));
  if (names.length > 0) members['ExpressionAttributeNames'] = Object.fromEntries(names);
  if (Object.keys(values).length > 0) members['ExpressionAttributeValues'] = values;
  return members;
}

function fragment<Parts extends readonly string[]>(
  parts: fc.Arbitrary<Parts>,
  values: fc.Arbitrary<readonly Wire[]>,
  write: (parts: Parts) => string,
): fc.Arbitrary<Fragment> {
  return fc.tuple(parts, values).map(([some, given]) => ({ text: write(some), values: given }));
}

function join(fragments: readonly Fragment[], write: (texts: string[]) => string): Fragment {
  return {
    text: write(fragments.map((each) => each.text)),
    values: fragments.flatMap((each) => each.values),
  };
}
