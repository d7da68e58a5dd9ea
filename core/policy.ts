/**
 * A policy: which images concern which hosts, and how they get there.
 *
 * `PolicyDocument` is what people write (YAML, the API, the table), checked whole and strictly, because
 * a misspelt field that is silently ignored is worse than none. `Policy` is the same document with every
 * default filled in and `staged_batches` as a list: a valid document itself, so that parsing it again
 * changes nothing and a rollout can freeze it. Defaults that a stack may set come from its settings, the
 * others stand here. What a later version brings is refused by unsupported-fields.ts, not here.
 */
import * as z from 'zod';
import { parseImagePattern } from './image-pattern.ts';
import { Digest, repositoryName } from './image-reference.ts';
import { BatchEntries, listBatches, StagedBatches } from './policy-batches.ts';
import { HealthCheck } from './policy-health.ts';
import { DeviceTag, FleetId, HostId, splitDeviceTag, uniqueList } from './policy-hosts.ts';
import { POLICY_MENDS } from './policy-mends.ts';
import { judgePolicy } from './policy-rules.ts';
import { PolicyRun } from './policy-run.ts';
import { scheduleFields } from './policy-window.ts';
import { isMapping, makeProblem, type Problem, toProblems } from './problem.ts';
import type { Settings } from './settings.ts';
import { TagChoice } from './tag-choice/tag-choice.ts';

/** Characters of all keys and texts, and one for each value. */
const MAX_SIZE = 65_536;

const Rate = z.number().min(0).max(1);
const Failures = z.int().min(1).max(1000);
const Hosts = z.int().min(1).max(100_000);
const RollbackTimeout = z.int().min(30).max(86_400);
/** At most a week. */
const BatchDelay = z.int().min(0).max(10_080);
const TopicArn = z
  .string()
  .regex(/^arn:aws[a-z-]*:sns:[a-z0-9-]{1,32}:\d{12}:[A-Za-z0-9_-]{1,256}$/);

const fields = {
  id: z.string().regex(/^[a-z0-9-]{1,40}$/),
  image_pattern: z
    .string()
    .max(512, { abort: true })
    .refine((text) => parseImagePattern(text) !== undefined),
  /** By default the repository's last part: `containerFor`. Docker's own rule, which asks for two. */
  container: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{1,62}$/)
    .optional(),
  runtime: z.enum(['recreate', 'compose', 'command']).default('recreate'),
  run: PolicyRun.optional(),

  fleet_id: FleetId.optional(),
  device_tags: uniqueList(DeviceTag, 10, (text) => splitDeviceTag(text).key).default([]),
  hosts: uniqueList(HostId, 1000).default([]),
  all_hosts: z.boolean().default(false),
  max_hosts: Hosts.optional(),

  tag_choice: TagChoice.default({ type: 'newest-push', ignore: [], minimum_age_minutes: 0 }),
  pinned_digest: Digest.optional(),

  update_strategy: z.enum(['auto', 'staged', 'manual', 'scheduled']).default('staged'),
  max_unavailable: Hosts.optional(),
  first_batch: uniqueList(HostId, 50).default([]),
  spread: z.enum(['none', 'zones']).default('none'),

  health_check_enabled: z.boolean().default(true),
  health_check: HealthCheck.prefault({ type: 'container_running' }),
  health_check_timeout_seconds: z.int().min(10).max(7200).default(300),
  soak_seconds: z.int().min(0).max(86_400).default(0),
  on_threshold: z.enum(['hold', 'rollback']).default('hold'),

  on_newer: z.enum(['supersede', 'queue', 'ignore']).default('supersede'),
  on_create: z.enum(['record', 'rollout']).default('record'),

  ...scheduleFields,
  approval: z
    .strictObject({
      expires_after_hours: z.int().min(1).max(720).default(24),
      requester_may_approve: z.boolean().default(false),
    })
    .prefault({}),
  notifications: z
    .array(z.strictObject({ topic_arn: TopicArn }))
    .max(10)
    .default([]),
};

export const PolicyDocument = z.strictObject({
  ...fields,
  staged_batches: StagedBatches.optional(),
  batch_delay_minutes: BatchDelay.optional(),
  max_failure_rate: Rate.optional(),
  max_consecutive_failures: Failures.optional(),
  max_unknown_rate: Rate.optional(),
  auto_rollback: z.boolean().optional(),
  rollback_timeout_seconds: RollbackTimeout.optional(),
});
export type PolicyDocument = z.input<typeof PolicyDocument>;

/** A document without its faulty fields. */
const SoundFields = PolicyDocument.extend({
  id: fields.id.optional(),
  image_pattern: fields.image_pattern.optional(),
});
export type SoundFields = z.infer<typeof SoundFields>;

/** Not strict: a policy that was frozen by another release may hold more, or less. */
export const Policy = z.object({
  ...fields,
  staged_batches: BatchEntries,
  batch_delay_minutes: BatchDelay,
  max_failure_rate: Rate,
  max_consecutive_failures: Failures,
  max_unknown_rate: Rate,
  auto_rollback: z.boolean(),
  rollback_timeout_seconds: RollbackTimeout,
});
export type Policy = z.infer<typeof Policy>;

export type ParsedPolicy = { ok: true; policy: Policy } | { ok: false; problems: Problem[] };

/** The policy that a document means, or everything that is wrong with it at once. */
export function parsePolicy(document: unknown, settings: Settings): ParsedPolicy {
  if (!isMapping(document)) {
    const flaw = { code: 'wrong_type', what: 'is not a mapping of fields to values' } as const;
    return { ok: false, problems: [makeProblem(flaw, [], document, POLICY_MENDS)] };
  }
  if (isTooBig(document)) {
    const flaw = {
      code: 'too_big',
      what: 'has more than 64 KB',
      mend: 'part it into several',
    } as const;
    return { ok: false, problems: [makeProblem(flaw, [], document, POLICY_MENDS)] };
  }
  const parsed = PolicyDocument.safeParse(document);
  const issues = parsed.success ? [] : parsed.error.issues;
  const faulty = new Set(issues.flatMap(faultyFields));
  // What depends on several fields is judged by those that are sound, so that one run names all.
  const sound = Object.entries(document).filter(([key]) => !faulty.has(key));
  const rules = judgePolicy(SoundFields.parse(Object.fromEntries(sound)), faulty, settings);
  const problems = [
    ...toProblems(issues, document, POLICY_MENDS),
    ...rules.map(({ path = [], ...flaw }) => makeProblem(flaw, path, document, POLICY_MENDS)),
  ];
  if (!parsed.success || problems.length > 0) return { ok: false, problems };
  return { ok: true, policy: fillDefaults(parsed.data, settings) };
}

function faultyFields(issue: z.core.$ZodIssue): PropertyKey[] {
  const isAtTop = issue.code === 'unrecognized_keys' && issue.path.length === 0;
  return isAtTop ? issue.keys : issue.path.slice(0, 1);
}

function fillDefaults(document: z.output<typeof PolicyDocument>, settings: Settings): Policy {
  const isAuto = document.update_strategy === 'auto';
  return {
    ...document,
    image_pattern: withoutOwnHost(document.image_pattern, settings.registry_host),
    staged_batches: isAuto ? [1] : listBatches(document.staged_batches),
    batch_delay_minutes: isAuto ? 0 : (document.batch_delay_minutes ?? 30),
    max_failure_rate: document.max_failure_rate ?? settings.MAX_FAILURE_RATE,
    max_consecutive_failures:
      document.max_consecutive_failures ?? settings.MAX_CONSECUTIVE_FAILURES,
    max_unknown_rate: document.max_unknown_rate ?? settings.MAX_UNKNOWN_RATE,
    auto_rollback: document.auto_rollback ?? settings.AUTO_ROLLBACK,
    rollback_timeout_seconds: document.rollback_timeout_seconds ?? settings.ROLLBACK_TIMEOUT,
  };
}

/** `<own registry>/shop/web:*` means what `shop/web:*` means, and is kept in the shorter way. */
function withoutOwnHost(pattern: string, registryHost: string | undefined): string {
  if (registryHost === undefined || !pattern.startsWith(`${registryHost}/`)) return pattern;
  return repositoryName({ registry: '', repository: pattern.slice(registryHost.length + 1) });
}

/** Stops counting at the limit, so that a document that contains itself is just too big. */
function isTooBig(document: unknown): boolean {
  const open: unknown[] = [document];
  let size = 0;
  while (open.length > 0 && size <= MAX_SIZE) {
    const value = open.pop();
    size += typeof value === 'string' ? value.length + 1 : 1;
    if (Array.isArray(value)) for (const entry of value) open.push(entry);
    if (!isMapping(value)) continue;
    for (const [key, entry] of Object.entries(value)) {
      size += key.length;
      open.push(entry);
    }
  }
  return size > MAX_SIZE;
}

/** The container's name on every host: the policy's word, or else the repository's last part. */
export function containerFor(policy: Pick<Policy, 'container'>, repository: string): string {
  return policy.container ?? repository.slice(repository.lastIndexOf('/') + 1);
}
