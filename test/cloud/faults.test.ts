/**
 * A lambda that dies before and after each of its calls and is retried, and one that goes on as a zombie
 * while its retry runs: for every invocation of two good pushes and of two bad ones, every call. Whatever
 * dies, the rollout ends as it would have, and nothing that must always hold is violated.
 */
import { describe, expect, it } from 'vitest';
import type { ImageBehaviour } from '#local/hosts/image-catalogue.ts';
import type { InvocationFault } from '#local/lambda/invocation.ts';
import { POLICY, startCloud, type TestCloud } from './start-cloud.ts';

const FORWARD = [
  'consider-image',
  'plan-rollout',
  'open-batch',
  'update-hosts',
  'read-results',
  'judge-batch',
  'close-rollout',
  'listen-to-commands',
  'listen-to-executions',
];
const WAY_BACK = [
  'record-chunk',
  'plan-rollback',
  'restore-hosts',
  'read-restores',
  'record-restores',
];
const SECOND_LOOK = ['check-health', 'read-health'];

const SCENARIOS: readonly {
  name: string;
  image: ImageBehaviour;
  policy?: Record<string, unknown>;
  ends: 'completed' | 'rolled_back';
  visits: readonly string[];
}[] = [
  { name: 'a good push', image: {}, ends: 'completed', visits: [...FORWARD, ...SECOND_LOOK] },
  {
    name: 'a push an hour before its window',
    image: {},
    policy: {
      maintenance_window_start: '01:00',
      maintenance_window_end: '03:00',
      maintenance_window_zone: 'UTC',
    },
    ends: 'completed',
    visits: [...FORWARD, ...SECOND_LOOK],
  },
  {
    name: 'a push that fails its first look',
    image: { unhealthyShare: 1 },
    ends: 'rolled_back',
    visits: [...FORWARD, ...WAY_BACK],
  },
  {
    name: 'a push that fails its second look',
    image: { diesAfterMs: 75_000 },
    ends: 'rolled_back',
    visits: [...FORWARD, ...SECOND_LOOK, 'restore-failed-hosts', ...WAY_BACK],
  },
];
type Scenario = (typeof SCENARIOS)[number];

/** Two batches, of one chunk each, with a second look: every lambda of every machine runs. */
const SMALL = {
  ...POLICY,
  staged_batches: ['1 host', 1],
  batch_delay_minutes: 1,
  soak_seconds: 60,
};

/**
 * To die before call n + 1 is to die after call n, but for the first. A zombie goes on while its retry
 * runs, or after it; never for longer than its lambda's time-out of 60 s.
 */
function faultsOf(calls: number): InvocationFault[] {
  const faults: InvocationFault[] = [{ kind: 'die_before', call: 1 }];
  for (let call = 1; call <= calls; call += 1) {
    faults.push({ kind: 'die_after', call });
    faults.push({ kind: 'zombie', call, resumeAfterMs: call % 2 === 0 ? 5_000 : 50_000 });
  }
  return faults;
}

interface Site {
  functionName: string;
  earlier: number;
}

async function play(scenario: Scenario, site?: Site, fault?: InvocationFault): Promise<TestCloud> {
  const test = await startCloud({ hosts: 3, policies: [{ ...SMALL, ...scenario.policy }] });
  const { cloud } = test;
  const before = new Map(
    cloud.functions.names().map((name) => [name, cloud.functions.invocations(name)]),
  );
  cloud.functions.fault = ({ functionName, earlier }) =>
    functionName === site?.functionName &&
    earlier - (before.get(functionName) ?? 0) === site.earlier
      ? fault
      : undefined;
  await roll(test, scenario);
  return test;
}

async function roll({ cloud, push }: TestCloud, scenario: Scenario): Promise<void> {
  cloud.fleet.images.set(push('v2'), scenario.image);
  await cloud.settle();
}

/** How many calls each invocation makes when nothing goes wrong. */
async function surveyCalls(scenario: Scenario): Promise<(Site & { calls: number })[]> {
  const test = await startCloud({ hosts: 3, policies: [{ ...SMALL, ...scenario.policy }] });
  const { cloud } = test;
  const order = new Map<string, string[]>();
  const calls = new Map<string, number>();
  const before = cloud.wire.onCall;
  cloud.wire.onCall = (call, outcome) => {
    before?.(call, outcome);
    const { caller } = call;
    if (caller === undefined) return;
    const ids = order.get(caller.functionName) ?? [];
    if (!ids.includes(caller.requestId)) ids.push(caller.requestId);
    order.set(caller.functionName, ids);
    calls.set(caller.requestId, (calls.get(caller.requestId) ?? 0) + 1);
  };
  await roll(test, scenario);
  return [...order].flatMap(([functionName, ids]) =>
    ids.map((id, earlier) => ({ functionName, earlier, calls: calls.get(id) ?? 0 })),
  );
}

describe.each(SCENARIOS)('$name', (scenario) => {
  it('ends the same, whichever invocation dies at whichever call', async () => {
    const sites = await surveyCalls(scenario);
    const wrong: string[] = [];

    for (const { functionName, earlier, calls } of sites) {
      for (const fault of faultsOf(calls)) {
        const found = await judge(scenario, { functionName, earlier }, fault);
        if (found.length > 0) {
          wrong.push(`${functionName} #${earlier} ${JSON.stringify(fault)}: ${found.join('; ')}`);
        }
      }
    }

    const visited = new Set(
      sites.map(({ functionName }) => functionName.replace('Longshore-', '')),
    );
    expect([...visited].toSorted()).toEqual(scenario.visits.toSorted());
    expect(wrong).toEqual([]);
  }, 300_000);
});

async function judge(scenario: Scenario, site: Site, fault: InvocationFault): Promise<string[]> {
  const { newest, rollouts, running, watch } = await play(scenario, site, fault);
  const found = await watch.violations();
  const { status, image } = await newest();
  if (status !== scenario.ends) found.push(`ends ${status}`);
  const count = (await rollouts()).length;
  if (count !== 1) found.push(`${count} rollouts`);
  const isOnNew = running()[image.digest] === 3;
  if (isOnNew !== (scenario.ends === 'completed')) found.push(`runs ${JSON.stringify(running())}`);
  return found;
}
