/**
 * What an operator sets for a whole stack (CDK context `longshore` in cdk.json; SETTINGS in lambdas).
 *
 * UPPER_CASE names are the defaults for the policy field of that name; snake_case names concern the
 * stack itself. Unknown names are refused, because that catches typos: a misspelt threshold that is
 * silently ignored is worse than none.
 */
import * as z from 'zod';
import { type Problem, toProblems } from './problem.ts';

const Rate = z.number().min(0).max(1);
const HostName = z.string().regex(/^[a-z0-9.-]{1,253}(?::\d{1,5})?$/);
/** CloudWatch Logs takes these and no other number of days. */
const RETENTION_DAYS = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827];

export const Settings = z.strictObject({
  MAX_FAILURE_RATE: Rate.default(0.2),
  MAX_CONSECUTIVE_FAILURES: z.int().min(1).max(1000).default(3),
  MAX_UNKNOWN_RATE: Rate.default(0.2),
  AUTO_ROLLBACK: z.boolean().default(true),
  /** Seconds. */
  ROLLBACK_TIMEOUT: z.int().min(30).max(86_400).default(600),
  /** Of the webhooks, which are to come: nothing reads it yet. */
  ALLOWED_REGISTRIES: z
    .array(HostName)
    .max(50)
    .default(['hub.docker.com', 'ghcr.io', 'registry.example.com']),
  sweep_minutes: z.int().min(1).max(1440).default(15),
  deletion_protection: z.boolean().default(true),
  point_in_time_recovery: z.boolean().default(true),
  retain_tables: z.boolean().default(true),
  log_retention_days: z.literal(RETENTION_DAYS).default(30),
  log_level: z.enum(['DEBUG', 'INFO', 'WARN', 'ERROR']).default('INFO'),
  machine_logging: z.enum(['ALL', 'ERROR', 'OFF']).default('ERROR'),
  tracing: z.boolean().default(false),
  /** MaxConcurrency of a batch's chunks: at most this many times 50 hosts are in flight. */
  chunk_concurrency: z.int().min(1).max(1000).default(40),
  /** Rate of SendCommand, of all rollouts together: see core/sender.ts. */
  chunks_per_second: z.number().min(0.01).max(100).default(5),
  /** Work of an update on a host (pull, swap), without the time of its health check. */
  update_timeout_seconds: z.int().min(30).max(86_400).default(600),
  /** How long a command may wait for a host's agent. SSM takes no less than 30. */
  delivery_timeout_seconds: z.int().min(30).max(3600).default(120),
  /** `host[:port]` of the registry that hosts pull from; by default the ECR of the stack's account and region. */
  registry_host: HostName.optional(),
});
export type Settings = z.infer<typeof Settings>;

/** How fast rollouts go: a rollout freezes it when it begins. */
export type Pace = Pick<
  Settings,
  'chunk_concurrency' | 'chunks_per_second' | 'update_timeout_seconds' | 'delivery_timeout_seconds'
>;

export function paceOf(settings: Settings): Pace {
  return {
    chunk_concurrency: settings.chunk_concurrency,
    chunks_per_second: settings.chunks_per_second,
    update_timeout_seconds: settings.update_timeout_seconds,
    delivery_timeout_seconds: settings.delivery_timeout_seconds,
  };
}

const WHOLE_SECONDS = 'give whole seconds between 30 and 86400';
const SWITCH = 'give true or false';
const RATE = 'give a share between 0 and 1';

/** How to mend each setting, in words that finish the sentence of the problem. */
const MENDS: Readonly<Record<keyof Settings | 'ALLOWED_REGISTRIES.*', string>> = {
  MAX_FAILURE_RATE: RATE,
  MAX_CONSECUTIVE_FAILURES: 'give a whole number between 1 and 1000',
  MAX_UNKNOWN_RATE: RATE,
  AUTO_ROLLBACK: SWITCH,
  ROLLBACK_TIMEOUT: WHOLE_SECONDS,
  ALLOWED_REGISTRIES: 'give a list of at most 50 host names',
  'ALLOWED_REGISTRIES.*': 'give a host name in lower case, such as ghcr.io or localhost:5000',
  sweep_minutes: 'give whole minutes between 1 and 1440',
  deletion_protection: SWITCH,
  point_in_time_recovery: SWITCH,
  retain_tables: SWITCH,
  log_retention_days: 'give a number of days that CloudWatch Logs takes',
  log_level: 'give one of them in upper case',
  machine_logging: 'give one of them in upper case',
  tracing: SWITCH,
  chunk_concurrency: 'give a whole number between 1 and 1000',
  chunks_per_second: 'give a number between 0.01 and 100',
  update_timeout_seconds: WHOLE_SECONDS,
  delivery_timeout_seconds: 'give whole seconds between 30 and 3600',
  registry_host:
    'give a host name in lower case, such as 111122223333.dkr.ecr.eu-west-1.amazonaws.com',
};

/** Says every problem of the settings, one a line. */
export class InvalidSettingsError extends Error {
  override readonly name = 'InvalidSettingsError';
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(`The settings cannot be used:\n${problems.map(({ message }) => message).join('\n')}`);
    this.problems = problems;
  }
}

/** The settings with every default filled in; throws InvalidSettingsError with all problems at once. */
export function parseSettings(value: unknown): Settings {
  const result = Settings.safeParse(value ?? {});
  if (result.success) return result.data;
  throw new InvalidSettingsError(toProblems(result.error.issues, value, MENDS));
}
