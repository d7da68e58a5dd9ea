/**
 * Thousands of policies in the embedded cloud, and what a sweep and a push cost then: each API call by the
 * lambda that makes it, and the read units of the tables. The tests and `npm run bench` count by this.
 */
import { openStore, putItems, type Store } from '#aws/store.ts';
import { matchesRepository, parseImagePattern } from '#core/image-pattern.ts';
import { type Policy, parsePolicy } from '#core/policy.ts';
import { nextGeneration } from '#core/rollout-id.ts';
import { parseSettings } from '#core/settings.ts';
import { storedPolicy } from '#core/stored-policy.ts';
import { makeTarget } from '#core/target.ts';
import { createCloud } from '#local/cloud.ts';
import type { LocalCloud } from '#local/local-cloud.ts';

const STACK = 'Longshore';

export interface Stock {
  /** A policy for each, `policy-0` and so on. */
  patterns: readonly string[];
  /** What the registry holds, an image `v1` in each. */
  repositories: readonly string[];
}

interface Stocked {
  cloud: LocalCloud;
  store: Store;
}

export interface Cost {
  /** `sweep dynamodb:Scan` → how often. */
  calls: Record<string, number>;
  /** By table, or table and index. */
  readUnits: Record<string, number>;
}

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);

/** 2,000 policies, three ways; and of the registry, what nobody wants as well. */
export const SWEPT = {
  'a repository each': stockOf(numbers(2_000).map((n) => `team-${n % 100}/app-${n}`)),
  '10 repositories in all': stockOf(numbers(2_000).map((n) => `team-0/app-${n % 10}`)),
  '500 of them globs': {
    patterns: numbers(2_000).map((n) => (n < 500 ? `glob-${n}/*` : `team-${n % 100}/app-${n}`)),
    repositories: [
      ...numbers(500).map((n) => `glob-${n}/app`),
      ...numbers(1_500).map((n) => `team-${n % 100}/app-${n + 500}`),
      ...numbers(500).map((n) => `nobody/app-${n}`),
    ],
  },
} as const satisfies Record<string, Stock>;

/** The repository that is pushed to: 1, 2 and 4 of the policies below mean it. */
const PUSHED = 'team-42/app-42';
const EXACT = numbers(9_000).map((n) => `team-${n % 100}/app-${n}`);
const GROUPED = numbers(900).map((n) => `team-${n % 100}/app-*${Math.floor(n / 100)}`);

/** 10,000 policies, three ways. */
export const PUSHED_TO = {
  exact: { patterns: numbers(10_000).map((n) => `team-${n % 100}/app-${n}`) },
  'exact, 900 globs under a name': {
    patterns: [...EXACT, ...GROUPED, ...numbers(100).map((n) => `other/app-${n}`)],
  },
  'exact, 900 globs under a name, 100 others': {
    patterns: [...EXACT, ...GROUPED, ...numbers(100).map((n) => `*/app-*${n}`)],
  },
} as const satisfies Record<string, Pick<Stock, 'patterns'>>;

function stockOf(patterns: readonly string[]): Stock {
  return { patterns, repositories: [...new Set(patterns)] };
}

/** A cloud of the synthesized template, with these policies in its table and these repositories in its registry. */
async function openStocked(template: string, stock: Stock): Promise<Stocked> {
  const cloud = await createCloud({
    seed: 1,
    startMs: Date.UTC(2026, 0, 5),
    stackName: STACK,
    template: withoutPolicies(template),
    prepare: ({ ecr, events }) => {
      events.disturb = () => [];
      for (const repository of stock.repositories) {
        ecr.createRepository(repository);
        ecr.push(repository, { tag: 'v1' });
      }
      events.disturb = undefined;
    },
  });
  const store = openStore(cloud.runtimeFor(`${STACK}-sweep`));
  const [exact, glob] = [checked('team/app'), checked('team/*')];
  const items = stock.patterns.map((image_pattern, index) => {
    const own = { id: `policy-${index}`, image_pattern };
    const { policy, document } = image_pattern.includes('*') ? glob : exact;
    const written = { ...document, ...own };
    const nowMs = cloud.clock.nowMs();
    return { ...storedPolicy({ ...policy, ...own }, written, undefined, nowMs), version: 1 };
  });
  await putItems(store, store.policies, items);
  return { cloud, store };
}

function withoutPolicies(template: string): unknown {
  return JSON.parse(template, (key, value: unknown) =>
    key === 'policies' && typeof value === 'string' ? '[]' : value,
  );
}

/** A document with this pattern, and what it means; to parse 10,000 of them would be most of the work. */
function checked(image_pattern: string): { policy: Policy; document: Record<string, unknown> } {
  const document = {
    id: 'policy',
    image_pattern,
    fleet_id: 'production',
    update_strategy: 'staged',
    staged_batches: [0.1, 0.5, 1],
    health_check: { type: 'http', endpoint: 'http://localhost:8080/health' },
    on_threshold: 'rollback',
  };
  const parsed = parsePolicy(document, parseSettings({}));
  if (!parsed.ok) throw new Error(parsed.problems.map(({ message }) => message).join('\n'));
  return { policy: parsed.policy, document };
}

/** A sweep that finds nothing new: each policy has seen the image of each of its repositories. */
export async function costOfSweep(template: string, stock: Stock): Promise<Cost> {
  const { cloud, store } = await openStocked(template, stock);
  await putItems(store, store.policies, seenTargets(cloud, stock));
  return costOf(cloud, async () => {
    await cloud.invoke(`${STACK}-sweep`, {});
    await cloud.settle();
  });
}

function seenTargets(cloud: LocalCloud, { patterns, repositories }: Stock) {
  const generation = nextGeneration(0, cloud.clock.nowMs());
  return patterns.flatMap((text, index) => {
    const pattern = parseImagePattern(text);
    if (pattern === undefined) throw new Error(`${text} is no pattern`);
    const met = text.includes('*')
      ? repositories.filter((repository) => matchesRepository(pattern, repository))
      : [text];
    return met.map((repository) => {
      const digest = cloud.ecr.repository(repository).find({ tag: 'v1' })?.digest ?? '';
      const seen = { tag: 'v1', digest };
      const target = makeTarget(`policy-${index}`, repository);
      return { ...target, version: 1, generation, seen, desired: seen };
    });
  });
}

/** A push that starts a rollout, until the image has been considered. */
export async function costOfPush(
  template: string,
  { patterns }: Pick<Stock, 'patterns'>,
): Promise<Cost> {
  const { cloud } = await openStocked(template, { patterns, repositories: [PUSHED] });
  const queue = cloud.sqs.queue(`${STACK}-images`);
  let isSent = false;
  const cost = await costOf(cloud, async () => {
    cloud.ecr.push(PUSHED, { tag: 'v2' });
    await cloud.run({
      until: () => {
        isSent ||= queue.messages.length > 0;
        return isSent && queue.messages.length === 0;
      },
    });
  });
  const own = Object.entries(cost.calls).filter(([name]) => name.startsWith('consider-image '));
  return { ...cost, calls: Object.fromEntries(own) };
}

async function costOf(cloud: LocalCloud, duty: () => Promise<void>): Promise<Cost> {
  const calls: Record<string, number> = {};
  const { fault } = cloud.wire;
  cloud.wire.fault = (call) => {
    const { caller, service, operation } = call;
    if (caller !== undefined) {
      const name = `${caller.functionName.slice(STACK.length + 1)} ${service}:${operation}`;
      calls[name] = (calls[name] ?? 0) + 1;
    }
    return fault?.(call);
  };
  const before = cloud.dynamo.counters().capacity;
  await duty();
  cloud.wire.fault = fault;
  const readUnits: Record<string, number> = {};
  for (const [table, { read }] of Object.entries(cloud.dynamo.counters().capacity)) {
    const units = read - (before[table]?.read ?? 0);
    if (units > 0) readUnits[table.slice(STACK.length + 1)] = units;
  }
  return { calls: Object.fromEntries(Object.entries(calls).toSorted()), readUnits };
}
