/**
 * A state machine's definition: its shape, checked as strictly as CreateStateMachine checks it
 * (an unknown field is a typo and refused). States run in JSONata, or in the default query
 * language as long as they name no path field (InputPath, Parameters, Variable …): those belong to
 * JSONPath, which is not emulated and is refused here instead of being ignored there.
 */
import * as z from 'zod';

/** A number, or a JSONata expression that gives one. */
const NumberOrExpression = z.union([z.number().nonnegative(), z.string().regex(/^\{%[\s\S]*%\}$/)]);
const Assign = z.record(z.string().max(80), z.unknown());
const QueryLanguage = z.enum(['JSONata', 'JSONPath']);

const Retrier = z.strictObject({
  Comment: z.string().optional(),
  ErrorEquals: z.array(z.string()).min(1),
  IntervalSeconds: z.int().positive().optional(),
  MaxAttempts: z.int().nonnegative().max(99_999_999).optional(),
  BackoffRate: z.number().min(1).optional(),
  MaxDelaySeconds: z.int().positive().optional(),
  JitterStrategy: z.enum(['FULL', 'NONE']).optional(),
});
export type Retrier = z.infer<typeof Retrier>;

const Catcher = z.strictObject({
  Comment: z.string().optional(),
  ErrorEquals: z.array(z.string()).min(1),
  Next: z.string(),
  Output: z.unknown().optional(),
  Assign: Assign.optional(),
});
export type Catcher = z.infer<typeof Catcher>;

const anyState = { Comment: z.string().optional(), QueryLanguage: QueryLanguage.optional() };
const goesOn = { Next: z.string().optional(), End: z.boolean().optional() };
const gives = { Output: z.unknown().optional(), Assign: Assign.optional() };
const mayFail = { Retry: z.array(Retrier).optional(), Catch: z.array(Catcher).optional() };

const Pass = z.strictObject({
  Type: z.literal('Pass'),
  ...anyState,
  ...goesOn,
  ...gives,
  Result: z.unknown().optional(),
});

const Task = z.strictObject({
  Type: z.literal('Task'),
  ...anyState,
  ...goesOn,
  ...gives,
  ...mayFail,
  Resource: z.string(),
  Arguments: z.unknown().optional(),
  TimeoutSeconds: NumberOrExpression.optional(),
  HeartbeatSeconds: NumberOrExpression.optional(),
  Credentials: z.strictObject({ RoleArn: z.string() }).optional(),
});

const Rule = z.strictObject({
  Comment: z.string().optional(),
  Condition: z.union([z.boolean(), z.string()]),
  Next: z.string(),
  ...gives,
});

const Choice = z.strictObject({
  Type: z.literal('Choice'),
  ...anyState,
  ...gives,
  Choices: z.array(Rule).min(1),
  Default: z.string().optional(),
});

const Wait = z.strictObject({
  Type: z.literal('Wait'),
  ...anyState,
  ...goesOn,
  ...gives,
  Seconds: NumberOrExpression.optional(),
  Timestamp: z.string().optional(),
});

const Succeed = z.strictObject({
  Type: z.literal('Succeed'),
  ...anyState,
  Output: z.unknown().optional(),
});

const Fail = z.strictObject({
  Type: z.literal('Fail'),
  ...anyState,
  Error: z.string().optional(),
  Cause: z.string().optional(),
});

const Parallel = z.strictObject({
  Type: z.literal('Parallel'),
  ...anyState,
  ...goesOn,
  ...gives,
  ...mayFail,
  Arguments: z.unknown().optional(),
  Branches: z.array(z.lazy(() => Definition)).min(1),
});

const ProcessorConfig = z.strictObject({
  Mode: z.enum(['INLINE', 'DISTRIBUTED']).optional(),
  ExecutionType: z.literal('STANDARD').optional(),
});

const MapState = z.strictObject({
  Type: z.literal('Map'),
  ...anyState,
  ...goesOn,
  ...gives,
  ...mayFail,
  Items: z.unknown().optional(),
  ItemSelector: z.unknown().optional(),
  ItemProcessor: z.lazy(() => Definition).optional(),
  /** The older name of ItemProcessor. */
  Iterator: z.lazy(() => Definition).optional(),
  MaxConcurrency: NumberOrExpression.optional(),
  ToleratedFailurePercentage: NumberOrExpression.optional(),
  ToleratedFailureCount: NumberOrExpression.optional(),
  Label: z.string().max(40).optional(),
});

export type PassState = z.infer<typeof Pass>;
export type TaskState = z.infer<typeof Task>;
export type ChoiceState = z.infer<typeof Choice>;
export type WaitState = z.infer<typeof Wait>;
export type ParallelState = z.infer<typeof Parallel>;
export type MapState = z.infer<typeof MapState>;
export type State =
  | PassState
  | TaskState
  | ChoiceState
  | WaitState
  | z.infer<typeof Succeed>
  | z.infer<typeof Fail>
  | ParallelState
  | MapState;

export interface Definition {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
  readonly Comment?: string | undefined;
  readonly QueryLanguage?: 'JSONata' | 'JSONPath' | undefined;
  readonly TimeoutSeconds?: number | undefined;
  readonly Version?: string | undefined;
  readonly ProcessorConfig?: z.infer<typeof ProcessorConfig> | undefined;
}

export const Definition: z.ZodType<Definition> = z.strictObject({
  StartAt: z.string(),
  States: z.record(
    z.string().max(80),
    z.discriminatedUnion('Type', [Pass, Task, Choice, Wait, Succeed, Fail, Parallel, MapState]),
  ),
  Comment: z.string().optional(),
  QueryLanguage: QueryLanguage.optional(),
  TimeoutSeconds: z.int().positive().optional(),
  Version: z.string().optional(),
  ProcessorConfig: ProcessorConfig.optional(),
});

/** The machine that a Map runs for each of its items. */
export function processorOf(state: MapState): Definition | undefined {
  return state.ItemProcessor ?? state.Iterator;
}
