import { describe, expect, it } from 'vitest';
import type { Story } from '#local/scenario/story.ts';
import { paintWith } from '#local/view/paint.ts';
import { formatNote } from '#local/view/plain-view.ts';
import { renderSummary } from '#local/view/render-summary.ts';

const paint = paintWith(false);
const canvas = { columns: 100, paint };

describe('a line of the log', () => {
  const note = { atMs: 151_000, text: 'batch 1: 2 of 2 hosts are healthy', tone: 'good' as const };

  it('begins with the time since the start', () => {
    expect(formatNote(note, 0, { paint })).toBe('00:02:31  batch 1: 2 of 2 hosts are healthy');
  });

  it('goes on below its text where the terminal ends', () => {
    expect(formatNote(note, 0, { paint, columns: 30 })).toBe(
      '00:02:31  batch 1: 2 of 2\n          hosts are healthy',
    );
  });
});

describe('the summary', () => {
  const story: Story = {
    isAsExpected: true,
    options: { hosts: 1_000, failing: 0, silent: 0, seed: 7 },
    policy: 'shop-web',
    opening: [{ what: 'w', expected: 'v1', found: 'v1', holds: true }],
    pushes: [
      {
        tag: 'v2',
        digest: 'sha256:2',
        considered: { verdict: 'start', reason: 'v2 is new' },
        rollout: {
          id: 'id',
          title: 'shop-web #1',
          from: 'v1',
          to: 'v2',
          status: 'held',
          reason: '3 of 8 hosts gave no answer',
          virtualSeconds: 61,
          batches: [],
          totals: {},
          log: [],
        },
        runs: { v1: 993, v2: 7 },
        checks: [],
      },
      {
        tag: 'v3-again',
        digest: 'sha256:3',
        considered: { verdict: 'nothing', reason: 'it was denied' },
        rollout: undefined,
        runs: { v2: 1_000 },
        checks: [],
      },
    ],
    stoppedBecause: 'shop-web #1 is held and waits for a person',
    apiCalls: { 'dynamodb:GetItem': 2, 'dynamodb:PutItem': 1_500, 'ssm:SendCommand': 3 },
    lambdaInvocations: 58,
    stateTransitions: 79,
    virtualSeconds: 4_571,
  };
  const real = { seconds: 2.04, memoryBytes: 330 * 1_048_576 };

  it('tells what happened and what it took', () => {
    expect(renderSummary(story, real, canvas)).toEqual([
      '',
      'What happened  1,000 hosts, policy shop-web, seed 7',
      '  v2              shop-web #1 held after 00:01:01; hosts: 993 on v1, 7 on v2',
      '                  3 of 8 hosts gave no answer',
      '  v3-again        started nothing; hosts: 1,000 on v2',
      '                  it was denied',
      '  The story ends here: shop-web #1 is held and waits for a person.',
      '',
      'What it took',
      '  DynamoDB        1,502 calls: PutItem 1,500, GetItem 2',
      '  SSM             3 calls: SendCommand 3',
      '  Lambda          58 invocations',
      '  State machine   79 transitions',
      '  Time            01:16:11 virtual, 2.0 s real',
      '  Memory          330 MB at the peak, with the CDK',
      '',
      'All as expected: 1 checks.',
    ]);
  });

  it('says in full what is not as expected', () => {
    const opening = [
      { what: 'what the hosts run', expected: '20 v2', found: 'i-1 has v1', holds: false },
    ];

    expect(
      renderSummary({ ...story, opening, isAsExpected: false }, real, canvas).slice(-4),
    ).toEqual([
      'Not as expected:',
      '  what the hosts run',
      '    expected  20 v2',
      '    found     i-1 has v1',
    ]);
  });
});
