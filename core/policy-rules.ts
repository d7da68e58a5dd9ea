/** What the fields of a policy must be together. Fields that are faulty by themselves are not judged. */
import { hasGlob, matchesTag, parseImagePattern } from './image-pattern.ts';
import { excessOfRun } from './longest-update.ts';
import type { SoundFields } from './policy.ts';
import { listBatches } from './policy-batches.ts';
import { healthSeconds } from './policy-health.ts';
import { WINDOW_FIELDS } from './policy-window.ts';
import { judgeScheduled, judgeWindow, judgeWindowLength } from './policy-window-rules.ts';
import type { Flaw } from './problem.ts';
import type { Settings } from './settings.ts';

interface Rule {
  /** The fields that it looks at: it is asked only where all of them are sound. */
  fields: (keyof SoundFields)[];
  judge: (policy: SoundFields, settings: Settings) => Flaw[];
}

const SELECTORS = ['fleet_id', 'device_tags', 'hosts'] as const;

const RULES: readonly Rule[] = [
  { fields: [...SELECTORS, 'all_hosts'], judge: judgeSelection },
  { fields: ['image_pattern', 'container'], judge: judgeContainer },
  { fields: ['runtime', 'run'], judge: judgeRuntime },
  {
    fields: ['id', 'image_pattern', 'run', 'health_check', 'health_check_enabled'],
    judge: judgeRun,
  },
  { fields: ['image_pattern', 'tag_choice'], judge: judgeTag },
  { fields: ['image_pattern', 'pinned_digest'], judge: judgePin },
  { fields: ['update_strategy', 'staged_batches'], judge: judgeAutoBatches },
  { fields: ['update_strategy', 'batch_delay_minutes'], judge: judgeAutoDelay },
  { fields: ['update_strategy', 'first_batch', 'hosts'], judge: judgeFirstBatch },
  {
    fields: ['health_check', 'health_check_enabled', 'health_check_timeout_seconds'],
    judge: judgeHealth,
  },
  { fields: [...WINDOW_FIELDS, 'maintenance_window_days'], judge: judgeWindow },
  { fields: ['update_strategy', ...WINDOW_FIELDS], judge: judgeScheduled },
  {
    fields: [...WINDOW_FIELDS, 'health_check_enabled', 'health_check_timeout_seconds'],
    judge: judgeWindowLength,
  },
];

export function judgePolicy(
  policy: SoundFields,
  faulty: ReadonlySet<PropertyKey>,
  settings: Settings,
): Flaw[] {
  return RULES.flatMap(({ fields, judge }) =>
    fields.some((field) => faulty.has(field)) ? [] : judge(policy, settings),
  );
}

/** No policy reaches every host by leaving something out: it must say so in words. */
function judgeSelection(policy: SoundFields): Flaw[] {
  const given = SELECTORS.filter((name) => (policy[name] ?? []).length > 0);
  if (given.length === 0 && !policy.all_hosts) {
    return [
      {
        code: 'no_hosts_selected',
        path: ['fleet_id'],
        what: 'no host is selected',
        mend: 'give fleet_id, device_tags or hosts, or say all_hosts: true',
      },
    ];
  }
  if (given.length === 0 || !policy.all_hosts) return [];
  return [
    {
      code: 'all_hosts_with_selector',
      path: ['all_hosts'],
      what: `contradicts ${given.join(' and ')}`,
      mend: 'remove one of them',
    },
  ];
}

function judgeContainer({ image_pattern = '', container }: SoundFields): Flaw[] {
  const pattern = parseImagePattern(image_pattern);
  if (container === undefined || pattern === undefined || !hasGlob(pattern.repository)) return [];
  return [
    {
      code: 'container_with_glob',
      path: ['container'],
      what: `cannot be the container of every repository of ${image_pattern}`,
      mend: 'remove it: each container is named as the last part of its repository',
    },
  ];
}

function judgeRuntime({ runtime, run }: SoundFields): Flaw[] {
  if (run === undefined || runtime === 'recreate') return [];
  return [
    {
      code: 'run_without_recreate',
      path: ['run'],
      what: `contradicts runtime ${runtime}, which makes the container in its own way`,
      mend: 'remove it, or take runtime recreate',
    },
  ];
}

function judgeRun(policy: SoundFields, { registry_host }: Settings): Flaw[] {
  const { id, image_pattern = '', run } = policy;
  const pattern = parseImagePattern(image_pattern);
  if (run === undefined || id === undefined || pattern === undefined) return [];
  if (hasGlob(pattern.repository)) {
    const what = `cannot be how every repository of ${image_pattern} runs`;
    return [
      { code: 'run_with_glob', path: ['run'], what, mend: 'give each repository its own policy' },
    ];
  }
  const excess = excessOfRun({ ...policy, id, run }, pattern, registry_host);
  if (excess <= 0) return [];
  const what = `is ${excess} characters longer than a command can carry`;
  const mend = 'shorten it, or put what is long into a file of the host and mount that';
  return [{ code: 'run_too_big', path: ['run'], what, mend }];
}

function judgeTag({ image_pattern = '', tag_choice }: SoundFields): Flaw[] {
  const pattern = parseImagePattern(image_pattern);
  if (tag_choice.type !== 'digest' || pattern === undefined) return [];
  if (matchesTag(pattern, tag_choice.tag)) return [];
  const what = `is not one of the tags of ${image_pattern}`;
  return [{ code: 'tag_outside_pattern', path: ['tag_choice', 'tag'], what }];
}

function judgePin({ image_pattern = '', pinned_digest }: SoundFields): Flaw[] {
  const pattern = parseImagePattern(image_pattern);
  if (pinned_digest === undefined || pattern === undefined || !hasGlob(pattern.repository)) {
    return [];
  }
  const what = `cannot be the digest of every repository of ${image_pattern}`;
  const mend = 'give each repository its own policy';
  return [{ code: 'pinned_with_glob', path: ['pinned_digest'], what, mend }];
}

function judgeAutoBatches({ update_strategy, staged_batches }: SoundFields): Flaw[] {
  // Valid entries end with everything, so that a single one is everything.
  if (update_strategy !== 'auto' || staged_batches === undefined) return [];
  if (listBatches(staged_batches).length === 1) return [];
  return [
    {
      code: 'auto_with_batches',
      path: ['staged_batches'],
      what: 'contradicts update_strategy auto, which updates everything at once',
      mend: 'remove it, or take update_strategy staged',
    },
  ];
}

function judgeAutoDelay({ update_strategy, batch_delay_minutes = 0 }: SoundFields): Flaw[] {
  if (update_strategy !== 'auto' || batch_delay_minutes === 0) return [];
  return [
    {
      code: 'auto_with_delay',
      path: ['batch_delay_minutes'],
      what: 'contradicts update_strategy auto, which has one batch',
      mend: 'remove it, or take update_strategy staged',
    },
  ];
}

function judgeFirstBatch({ update_strategy, first_batch, hosts }: SoundFields): Flaw[] {
  if (first_batch.length > 0 && update_strategy === 'auto') {
    const what = 'contradicts update_strategy auto, which has one batch';
    const mend = 'remove it, or take update_strategy staged';
    return [{ code: 'auto_with_first_batch', path: ['first_batch'], what, mend }];
  }
  const stranger = hosts.length === 0 ? -1 : first_batch.findIndex((id) => !hosts.includes(id));
  if (stranger === -1) return [];
  const what = 'is not among the hosts of the policy';
  const mend = 'add it there, or take another one';
  return [{ code: 'first_batch_outside_hosts', path: ['first_batch', stranger], what, mend }];
}

function judgeHealth(policy: SoundFields): Flaw[] {
  const { health_check, health_check_enabled, health_check_timeout_seconds } = policy;
  const needed = healthSeconds(health_check);
  if (!health_check_enabled || needed <= health_check_timeout_seconds) return [];
  return [
    {
      code: 'health_budget',
      path: ['health_check_timeout_seconds'],
      what: `is less than the ${needed} that health_check may take`,
      mend: 'raise it, or lower retry_count, interval_seconds or timeout_seconds',
    },
  ];
}
