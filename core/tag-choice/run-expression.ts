/**
 * Runs the regular expressions of tag filters in time linear in the text.
 *
 * JavaScript's own engine goes back and forth: `(a+)+$` on forty letters stops a lambda. Here an
 * expression becomes a graph of states, and all threads go through the text together, at most one in
 * each state. Of several ways to match, the one is taken that JavaScript would take: threads are kept
 * in the order of their preference.
 */
import { type Accepts, type Part, parseExpression } from './parse-expression.ts';

/** Steps for a text are at most its length times this. */
const MAX_STATES = 500;

type State =
  | { kind: 'match' }
  | { kind: 'letter'; accepts: Accepts; next: State }
  | Fork
  | { kind: 'begin' | 'end'; next: State }
  | { kind: 'mark'; mark: string; next: State };

/** Both ways are open; the first is preferred. */
interface Fork {
  kind: 'fork';
  first: State;
  second: State;
}

/** Where a group begins (`1<`) and ends (`1>`). */
type Marks = ReadonlyMap<string, number>;
interface Thread {
  state: State;
  marks: Marks;
}

interface Expression {
  /** Numbers and names of the groups. */
  groups: ReadonlySet<string>;
  /** Where the expression first matches: what a group holds, by number or name, '' if it took no part. */
  match(text: string): ((group: string) => string) | undefined;
}

export type Compiled = { ok: true; expression: Expression } | { ok: false; flaw: string };

/** Makes an expression ready to run, or says what is wrong with it. */
export function compileExpression(text: string): Compiled {
  const { part, names, flaw } = parseExpression(text);
  if (flaw !== '') return { ok: false, flaw };
  if (countStates(part) > MAX_STATES)
    return { ok: false, flaw: 'repeats so much that it grows too large' };
  const start = build(part, { kind: 'match' });
  const numbers = names.map((_, index) => String(index + 1));
  const groups = new Set([...numbers, ...names.filter((name) => name !== '')]);
  const match: Expression['match'] = (subject) => {
    const marks = run(start, subject);
    if (marks === undefined) return undefined;
    return (group) => {
      const number = names.indexOf(group) + 1 || group;
      return subject.slice(marks.get(`${number}<`) ?? 0, marks.get(`${number}>`) ?? 0);
    };
  };
  return { ok: true, expression: { groups, match } };
}

function countStates(part: Part): number {
  switch (part.kind) {
    case 'sequence':
    case 'choice':
      return part.parts.reduce((sum, inner) => sum + countStates(inner) + 1, 0);
    case 'group':
      return countStates(part.part) + 2;
    case 'repeat': {
      const times = Number.isFinite(part.most) ? part.most : part.least + 1;
      return times * (countStates(part.part) + 1);
    }
    default:
      return 1;
  }
}

/** The states of a node, built from the end: `next` is where it goes on. */
function build(part: Part, next: State): State {
  switch (part.kind) {
    case 'letter':
      return { kind: 'letter', accepts: part.accepts, next };
    case 'begin':
    case 'end':
      return { kind: part.kind, next };
    case 'sequence':
      return part.parts.reduceRight((after, inner) => build(inner, after), next);
    case 'choice':
      return part.parts
        .map((inner) => build(inner, next))
        .reduceRight((second, first) => ({ kind: 'fork', first, second }));
    case 'group': {
      const close: State = { kind: 'mark', mark: `${part.number}>`, next };
      return { kind: 'mark', mark: `${part.number}<`, next: build(part.part, close) };
    }
    case 'repeat':
      return buildRepeat(part, next);
  }
}

function buildRepeat(repeat: Extract<Part, { kind: 'repeat' }>, next: State): State {
  const { part, least, most, isLazy } = repeat;
  let state: State = next;
  if (most === Number.POSITIVE_INFINITY) {
    const loop: Fork = { kind: 'fork', first: next, second: next };
    loop[isLazy ? 'second' : 'first'] = build(part, loop);
    state = loop;
  }
  for (let time = least; time < most && most !== Number.POSITIVE_INFINITY; time += 1) {
    const body = build(part, state);
    state = isLazy
      ? { kind: 'fork', first: next, second: body }
      : { kind: 'fork', first: body, second: next };
  }
  for (let time = 0; time < least; time += 1) state = build(part, state);
  return state;
}

function run(start: State, text: string): Marks | undefined {
  let found: Marks | undefined;
  let threads: Thread[] = [];
  for (let at = 0; at <= text.length; at += 1) {
    const ready = new Map<State, Marks>();
    for (const { state, marks } of threads) enter(ready, state, marks, at, text.length);
    if (found === undefined) enter(ready, start, new Map(), at, text.length);
    threads = [];
    for (const [state, marks] of ready) {
      // Whoever stands behind a match is less preferred than it.
      if (state.kind === 'match') {
        found = marks;
        break;
      }
      if (state.kind === 'letter' && at < text.length && state.accepts(text.charAt(at))) {
        threads.push({ state: state.next, marks });
      }
    }
    if (found !== undefined && threads.length === 0) break;
  }
  return found;
}

/** Puts a thread into a state and into all that can be reached from there without taking a letter. */
function enter(ready: Map<State, Marks>, state: State, marks: Marks, at: number, end: number) {
  if (ready.has(state)) return;
  ready.set(state, marks);
  if (state.kind === 'fork') {
    enter(ready, state.first, marks, at, end);
    enter(ready, state.second, marks, at, end);
  }
  if (state.kind === 'mark') {
    enter(ready, state.next, new Map([...marks, [state.mark, at]]), at, end);
  }
  if ((state.kind === 'begin' && at === 0) || (state.kind === 'end' && at === end)) {
    enter(ready, state.next, marks, at, end);
  }
}
