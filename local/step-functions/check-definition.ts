/**
 * Reads and checks a definition as CreateStateMachine does, beyond its shape: every name that is
 * pointed at exists, expressions parse, an inner chain does not assign a variable of an outer one,
 * and nothing is used that is not emulated, so that a machine never runs differently in silence.
 */
import type * as z from 'zod';
import { ServiceError } from '../service-error.ts';
import { Definition, processorOf, type State } from './definition.ts';
import { compile, expressionIn } from './jsonata.ts';
import { isSupportedResource } from './task.ts';

const PATH_FIELDS = new Set([
  ...['InputPath', 'OutputPath', 'ResultPath', 'Parameters', 'ResultSelector', 'ItemsPath'],
  ...['Variable', 'SecondsPath', 'TimestampPath', 'TimeoutSecondsPath', 'HeartbeatSecondsPath'],
  ...['MaxConcurrencyPath', 'ErrorPath', 'CausePath'],
]);
const NOT_EMULATED = new Set(['ItemReader', 'ResultWriter', 'ItemBatcher']);

interface Problem {
  readonly path: string;
  readonly message: string;
}

/** Throws InvalidDefinition, naming the first problem and where it is. */
export function readDefinition(text: string): Definition {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw invalid('INVALID_JSON_DESCRIPTION', String(error), '/');
  }
  const shape = Definition.safeParse(json);
  if (!shape.success) {
    const { path, message } = explain(shape.error);
    throw invalid('SCHEMA_VALIDATION_FAILED', message, path);
  }
  const [problem] = problemsOf(shape.data, '', {
    isJsonata: shape.data.QueryLanguage === 'JSONata',
    outer: new Set(),
  });
  if (problem) throw invalid('SCHEMA_VALIDATION_FAILED', problem.message, problem.path);
  return shape.data;
}

function invalid(code: string, message: string, path: string): ServiceError {
  return new ServiceError(
    'InvalidDefinition',
    `Invalid State Machine Definition: '${code}: ${message} at ${path}'`,
  );
}

function explain(error: z.ZodError): Problem {
  const [issue] = error.issues;
  if (issue === undefined) return { path: '/', message: error.message };
  const path = `/${issue.path.map(String).join('/')}`;
  if (issue.code !== 'unrecognized_keys') return { path, message: issue.message };
  const [key = ''] = issue.keys;
  const why = PATH_FIELDS.has(key)
    ? "belongs to JSONPath, which is not emulated: use QueryLanguage 'JSONata'"
    : NOT_EMULATED.has(key)
      ? 'is not emulated'
      : 'is not supported';
  return { path, message: `Field '${key}' ${why}` };
}

interface Around {
  readonly isJsonata: boolean;
  /** Variables of the chains outside. */
  readonly outer: ReadonlySet<string>;
}

function* problemsOf(definition: Definition, path: string, around: Around): Generator<Problem> {
  const { StartAt, States } = definition;
  const isJsonata =
    definition.QueryLanguage === undefined
      ? around.isJsonata
      : definition.QueryLanguage === 'JSONata';
  if (!Object.hasOwn(States, StartAt)) {
    yield { path: `${path}/StartAt`, message: `Missing 'Next' target: ${StartAt}` };
  }
  const own = Object.values(States).flatMap((state) => assignedBy(state));
  for (const [name, state] of Object.entries(States)) {
    const at = `${path}/States/${name}`;
    for (const target of targetsOf(state)) {
      if (!Object.hasOwn(States, target)) {
        yield { path: at, message: `Missing 'Next' target: ${target}` };
      }
    }
    for (const variable of assignedBy(state)) {
      if (around.outer.has(variable)) {
        yield { path: at, message: `Variable '${variable}' is assigned in an outer scope already` };
      }
    }
    const isStateJsonata =
      state.QueryLanguage === undefined ? isJsonata : state.QueryLanguage === 'JSONata';
    yield* stateProblems(state, at, isStateJsonata);
    const isDistributed = state.Type === 'Map' && modeOf(state) === 'DISTRIBUTED';
    const outer = isDistributed ? new Set<string>() : new Set([...around.outer, ...own]);
    for (const [field, inner] of innerOf(state)) {
      yield* problemsOf(inner, `${at}/${field}`, { isJsonata, outer });
    }
  }
}

function* stateProblems(state: State, path: string, isJsonata: boolean): Generator<Problem> {
  const isFinal = state.Type === 'Succeed' || state.Type === 'Fail' || state.Type === 'Choice';
  if (!isFinal && (state.Next === undefined) === (state.End !== true)) {
    yield { path, message: "A state has either 'Next' or 'End': true" };
  }
  if (state.Type === 'Task' && !isSupportedResource(state.Resource)) {
    yield { path: `${path}/Resource`, message: `The resource ${state.Resource} is not emulated` };
  }
  if (state.Type === 'Map' && processorOf(state) === undefined) {
    yield { path, message: 'These fields are required: [ItemProcessor]' };
  }
  if (state.Type === 'Wait' && (state.Seconds === undefined) === (state.Timestamp === undefined)) {
    yield { path, message: "A Wait has either 'Seconds' or 'Timestamp'" };
  }
  if (!isJsonata) return;
  const fields = Object.entries(state).filter(([field]) => !HAS_STATES.has(field));
  for (const expression of expressionsIn(fields)) {
    try {
      compile(expression);
    } catch (error) {
      const why = error instanceof Error ? error.message : JSON.stringify(error);
      yield { path, message: `The JSONata expression '${expression}' does not parse: ${why}` };
    }
  }
}

/** Fields whose states are checked by themselves, in their own query language. */
const HAS_STATES = new Set(['Branches', 'ItemProcessor', 'Iterator']);

function modeOf(state: Extract<State, { Type: 'Map' }>): string | undefined {
  return processorOf(state)?.ProcessorConfig?.Mode;
}

function targetsOf(state: State): string[] {
  const next = 'Next' in state && state.Next !== undefined ? [state.Next] : [];
  const caught = ('Catch' in state && state.Catch?.map(({ Next }) => Next)) || [];
  if (state.Type !== 'Choice') return [...next, ...caught];
  const otherwise = state.Default === undefined ? [] : [state.Default];
  return [...state.Choices.map((rule) => rule.Next), ...otherwise];
}

function assignedBy(state: State): string[] {
  const rules = state.Type === 'Choice' ? state.Choices : [];
  const catchers = ('Catch' in state && state.Catch) || [];
  const own = 'Assign' in state ? [state] : [];
  return [...own, ...rules, ...catchers].flatMap(({ Assign }) => Object.keys(Assign ?? {}));
}

function innerOf(state: State): [string, Definition][] {
  if (state.Type === 'Parallel') {
    return state.Branches.map((branch, index) => [`Branches[${index}]`, branch]);
  }
  const processor = state.Type === 'Map' ? processorOf(state) : undefined;
  return processor ? [['ItemProcessor', processor]] : [];
}

function* expressionsIn(template: unknown): Generator<string> {
  const expression = expressionIn(template);
  if (expression !== undefined) yield expression;
  if (typeof template !== 'object' || template === null) return;
  for (const member of Object.values(template)) yield* expressionsIn(member);
}
