/**
 * What a sweep costs at 2,000 policies, and a push at 10,000: every call, counted. The formulas are in
 * docs/benchmarks.md; these are their values, and `npm run bench` prints the same.
 */
import { describe, expect, inject, it } from 'vitest';
import { costOfPush, costOfSweep, PUSHED_TO, SWEPT } from '#test/bench/many-policies.ts';

/** For each of the seven statuses of a rollout that is open; and the table, a MB a page. */
const SWEEP_READS = { 'sweep dynamodb:Query': 7, 'sweep dynamodb:Scan': 2 };
/** Two pages of a MB, half a unit for 4 KB. */
const SCAN_UNITS = 256;

describe('a sweep over 2,000 policies', () => {
  it('asks for each of 2,000 repositories once', async () => {
    const { calls, readUnits } = await costOfSweep(inject('template'), SWEPT['a repository each']);

    expect(calls).toEqual({
      ...SWEEP_READS,
      'sweep sqs:SendMessageBatch': 200,
      'consider-image dynamodb:Query': 6_000,
      'consider-image dynamodb:BatchGetItem': 2_000,
      'consider-image ecr:DescribeImages': 2_000,
    });
    // A unit for each of 4,000 items that a decision reads, half a one for each that the index proposes.
    expect(readUnits['policies/byRepository']).toBe(1_000);
    expect(readUnits['policies']).toBeLessThan(4_000 + SCAN_UNITS);
  });

  it('lists each of 10 repositories once, for its 200 policies together', async () => {
    const stock = SWEPT['10 repositories in all'];

    const { calls, readUnits } = await costOfSweep(inject('template'), stock);

    expect(calls).toEqual({
      ...SWEEP_READS,
      'sweep sqs:SendMessageBatch': 1,
      'consider-image dynamodb:Query': 30,
      'consider-image dynamodb:BatchGetItem': 40,
      'consider-image ecr:DescribeImages': 10,
    });
    expect(readUnits['policies/byRepository']).toBeLessThan(100);
    expect(readUnits['policies']).toBeLessThan(4_000 + SCAN_UNITS);
  });

  it('lists the registry once for 500 globs, a thousand names a page, and asks for what they meet', async () => {
    const { calls } = await costOfSweep(inject('template'), SWEPT['500 of them globs']);

    expect(calls).toEqual({
      ...SWEEP_READS,
      'sweep ecr:DescribeRepositories': 3,
      'sweep sqs:SendMessageBatch': 200,
      'consider-image dynamodb:Query': 6_000,
      'consider-image dynamodb:BatchGetItem': 2_000,
      'consider-image ecr:DescribeImages': 2_000,
    });
  });
});

describe('a push among 10,000 policies', () => {
  it.each([
    { name: 'exact', meant: 1, units: 0.5 },
    { name: 'exact, 900 globs under a name', meant: 2, units: 1 },
    { name: 'exact, 900 globs under a name, 100 others', meant: 4, units: 5 },
  ] as const)('costs three Queries and one listing: $name', async ({ name, meant, units }) => {
    const { calls, readUnits } = await costOfPush(inject('template'), PUSHED_TO[name]);

    expect(calls).toEqual({
      'consider-image dynamodb:Query': 3,
      'consider-image dynamodb:BatchGetItem': 1,
      'consider-image ecr:DescribeImages': 1,
      // Each of the policies that mean the repository writes its target, and starts its rollout.
      'consider-image dynamodb:PutItem': 2 * meant,
      'consider-image sfn:StartExecution': meant,
    });
    expect(readUnits).toEqual({
      'policies/byRepository': units,
      policies: 2 * meant,
    });
  });
});
