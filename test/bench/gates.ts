/**
 * An image that is bad on some hosts only, and gates that let nothing pass: how many hosts it harms. Trials
 * by the product's own plan of batches and its judge of tallies; some of them again as whole rollouts in
 * the embedded cloud, which must come to the very same.
 */
import { readChunks } from '#aws/chunk-store.ts';
import { readTarget } from '#aws/rollout-store.ts';
import { judgeBatch } from '#core/judge-batch.ts';
import { planHosts } from '#core/plan-hosts.ts';
import { type Policy, parsePolicy } from '#core/policy.ts';
import { parseSettings } from '#core/settings.ts';
import type { Tally } from '#core/tally.ts';
import { ImageCatalogue } from '#local/hosts/image-catalogue.ts';
import { drawHex, seededRandom } from '#local/seeded-random.ts';
import { openBenchCloud, POLICY, REPOSITORY } from './bench-cloud.ts';
import type { Benchmark, Claim, Line, Report } from './benchmark.ts';

const HOSTS = 1_000;
const TRIALS = 1_000;
/** The share of hosts on which the image is bad. */
const SHARES = [1, 0.2, 0.05, 0.01];
const FLAKY = 0.05;
const MOST_HARMED = 4;
/** Of each share, how many trials are run as whole rollouts. */
const WHOLE = { default: 1, large: 10 };

/** A single failure holds. */
const STRICT = { max_failure_rate: 0, max_consecutive_failures: 1, on_threshold: 'hold' };
const GATES: Readonly<Record<string, readonly (string | number)[]>> = {
  '1, 9, 90, 900': ['1 host', '10 hosts', '100 hosts', '100%'],
  '10 %, 50 %, 100 %': [0.1, 0.5, 1],
  'all at once': [1],
};

interface Outcome {
  harmed: number;
  /** The last batch that was opened, from 1. */
  batch: number;
  isHeld: boolean;
}

async function run({ isLarge }: { isLarge: boolean }): Promise<Report> {
  const { cloud } = await openBenchCloud({ hosts: HOSTS });
  const hosts = cloud.fleet.list.map(({ id }) => id);
  const lines = SHARES.map((share) => lineOf(share, hosts));
  const whole = await compareWhole(hosts, isLarge ? WHOLE.large : WHOLE.default);
  return {
    columns: Object.keys(GATES),
    lines,
    claims: [claimOf(lines), ...whole],
  };
}

function lineOf(share: number, hosts: readonly string[]): Line {
  const figures: Record<string, number> = {};
  const cells: string[] = [];
  for (const [name, batches] of Object.entries(GATES)) {
    const policy = policyOf(batches);
    const harmed = Array.from({ length: TRIALS }, (_, seed) => {
      const digest = `sha256:${drawHex(seededRandom(seed), 64)}`;
      return playTrial(policy, hosts, digest, share).harmed;
    });
    const mean = harmed.reduce((sum, one) => sum + one, 0) / TRIALS;
    const most = Math.max(...harmed);
    figures[`${name}: mean`] = mean;
    figures[`${name}: most`] = most;
    cells.push(`${mean.toFixed(1)} (at most ${most})`);
  }
  return {
    name: `bad on ${share * 100} % of the hosts`,
    figures,
    cells,
    worse: { [`${Object.keys(GATES)[0]}: mean`]: 'more' },
  };
}

function policyOf(batches: readonly (string | number)[]): Policy {
  const document = { ...POLICY, ...STRICT, staged_batches: batches };
  const parsed = parsePolicy(document, parseSettings({}));
  if (!parsed.ok) throw new Error(parsed.problems.map(({ message }) => message).join('\n'));
  return parsed.policy;
}

/** All hosts of a batch are under way before the first of them has failed; then its tallies are judged. */
function playTrial(
  policy: Policy,
  hosts: readonly string[],
  digest: string,
  share: number,
): Outcome {
  const images = new ImageCatalogue();
  images.set(digest, { unhealthyShare: share });
  const { plan, chunks } = planHosts(policy, hosts);
  let harmed = 0;
  for (const [index, batch] of plan.batches.entries()) {
    const tallies = chunks
      .slice(batch.first_chunk, batch.first_chunk + batch.chunks)
      .map((members, at) => tallyOf(members, batch.first_chunk + at, images, digest));
    harmed += tallies.reduce((sum, { failed }) => sum + failed, 0);
    const { verdict } = judgeBatch(tallies, policy, { hosts: batch.hosts, hasEnded: true });
    if (verdict !== 'within') return { harmed, batch: index + 1, isHeld: true };
  }
  return { harmed, batch: plan.batches.length, isHeld: false };
}

function tallyOf(
  members: readonly string[],
  chunk: number,
  images: ImageCatalogue,
  digest: string,
): Tally {
  const finishes = members.map((host): Tally['finishes'][number] => [
    0,
    host,
    images.isHealthy(digest, host, 0) ? '.' : 'f',
  ]);
  const failed = finishes.filter(([, , mark]) => mark === 'f').length;
  const none = { skipped: 0, unknown: 0, baseline: 0 };
  const counts = { ...none, completed: members.length - failed, failed };
  return { rollout: '', item: '', chunk, batch: 0, round: 0, finishes, ...counts };
}

/** The same image on the same hosts, decided above and rolled out. */
async function compareWhole(hosts: readonly string[], count: number): Promise<Claim[]> {
  const batches = GATES['1, 9, 90, 900'] ?? [];
  const policy = policyOf(batches);
  const claims: Claim[] = [];
  for (const share of SHARES) {
    let same = 0;
    for (let seed = 0; seed < count; seed += 1) {
      const { digest, ...outcome } = await playWhole(batches, `v2-${seed}`, share);
      const expected = playTrial(policy, hosts, digest, share);
      if (JSON.stringify(outcome) === JSON.stringify(expected)) same += 1;
    }
    claims.push({
      text: `bad on ${share * 100} %: ${count} whole rollouts harm as many hosts, to the same batch, as their trials`,
      holds: same === count,
    });
  }
  return claims;
}

async function playWhole(
  batches: readonly (string | number)[],
  tag: string,
  share: number,
): Promise<Outcome & { digest: string }> {
  const { cloud, store } = await openBenchCloud({
    hosts: HOSTS,
    policy: { ...STRICT, staged_batches: batches },
  });
  const digest = cloud.ecr.push(REPOSITORY, { tag });
  cloud.fleet.images.set(digest, { unhealthyShare: share });
  await cloud.settle();
  // Held: nobody closes it, and it stays the target's active rollout.
  const active = (await readTarget(store, POLICY.id, REPOSITORY))?.active?.rollout;
  if (active === undefined) throw new Error(`${tag} was held nowhere`);
  const chunks = await readChunks(store, active);
  const hosts = chunks.flatMap((chunk) => chunk.hosts);
  return {
    digest,
    harmed: hosts.filter(({ status }) => status === 'failed').length,
    batch: Math.max(...chunks.map((chunk) => chunk.batch)) + 1,
    isHeld: true,
  };
}

function claimOf(lines: readonly Line[]): Claim {
  const flaky = lines.find(({ name }) => name === `bad on ${FLAKY * 100} % of the hosts`);
  const mean = flaky?.figures['1, 9, 90, 900: mean'] ?? Number.NaN;
  return {
    text: `an image that is bad on ${FLAKY * 100} % of the hosts harms at most ${MOST_HARMED} on average, with gates of 1, 9, 90 and 900 hosts`,
    holds: mean <= MOST_HARMED,
  };
}

export const gates: Benchmark = {
  name: 'gates',
  about: `hosts harmed of ${HOSTS.toLocaleString('en')}, where one failure holds: means of ${TRIALS.toLocaleString('en')} seeded trials, and the worst of them`,
  notShown:
    'an image that turns bad only after its check has passed; a batch of more chunks than go out at once, which would harm fewer.',
  run,
};
