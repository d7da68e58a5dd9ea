import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HostRecord } from '#core/chunk.ts';
import { describeNotice, isTroubled } from '#core/describe-notice.ts';
import type { LogEntry, Rollout } from '#core/rollout.ts';
import { HostStatus, type RolloutStatus } from '#core/status.ts';
import { TOLD_STATUSES, type ToldEntry, type ToldStatus } from '#core/told.ts';
import {
  aFailedHost,
  aHeldRollout,
  aHost,
  aRollout,
  aWayBack,
  NOW_MS,
  V1,
  V2,
} from './fixtures.ts';

const ARN = 'arn:aws:states:eu-west-1:111122223333:execution:longshore-rollout:one-r1';
const EXECUTION = `https://eu-west-1.console.aws.amazon.com/states/home?region=eu-west-1#/v2/executions/details/${ARN}`;
const CONTROL =
  'https://eu-west-1.console.aws.amazon.com/states/home?region=eu-west-1#/statemachines/view/arn:aws:states:eu-west-1:111122223333:stateMachine:longshore-control';
const ID = 'shop-web-abcdef-g1794600000';
const HASH = 'c0ffee'.repeat(10);

function entryOf(status: ToldStatus, fields: Partial<LogEntry> = {}): ToldEntry {
  const entry = { seq: 2, at_ms: NOW_MS, event: 'image.x', who: 'longshore', why: 'the reason' };
  return { ...entry, ...fields, status };
}

function notice(rollout: Rollout, fields: Partial<LogEntry> = {}, hosts: HostRecord[] = []) {
  return describeNotice(rollout, entryOf(rollout.status as ToldStatus, fields), hosts);
}

function without(field: 'plan', { [field]: _, ...rollout }: Rollout): Rollout {
  return rollout;
}

const inStatus = (status: RolloutStatus) => aRollout({ status });
const END = `\nThe execution of the rollout:\n${EXECUTION}\n`;
const PLACE = `At: 2026-11-14 12:00 UTC
Stack: longshore in eu-west-1, account 111122223333
`;
const IMAGE = `
Why: the reason
Image: shop/web:v2, v1 before
`;
/** How a command ends. */
const THERE = '--stack longshore --region eu-west-1';
const CONSOLE = `Or in the console: "Start execution" of longshore-control with one of these lines as its input ("reason" and "by" may be added):
${CONTROL}`;

describe('a notice of a hold', () => {
  const host = (name: string, error: string) =>
    aFailedHost({ host: name, error, digest_after: V1 });

  it('says why, which hosts, and what to do', () => {
    const rollout = aHeldRollout({ batch: 1 });

    const { subject, text } = notice(rollout, {}, [
      host('i-01', 'the health check fails'),
      aHost({ host: 'i-02', status: 'unknown', digest_before: V1, digest_after: V2 }),
    ]);

    expect(subject).toBe('shop-web #42 is held: the reason');
    expect(text).toBe(`shop-web #42 is held.
${IMAGE}Touched: at most 100 of 100 hosts (batch 2 of 2); no other until a person decides
${PLACE}
Hosts that need attention:
- i-01 failed: the health check fails; v1 runs again
- i-02 unknown

What you can do:
- resume goes on without the failed hosts:
  npx longshore resume ${ID} ${THERE}
- retry-failed tries them again:
  npx longshore retry-failed ${ID} ${THERE}
- rollback takes every touched host back:
  npx longshore rollback ${ID} ${THERE}
- cancel leaves them as they are:
  npx longshore cancel ${ID} ${THERE}

${CONSOLE}
{"rollout":"${ID}","action":"resume"}
{"rollout":"${ID}","action":"retry-failed"}
{"rollout":"${ID}","action":"rollback"}
{"rollout":"${ID}","action":"cancel"}
${END}`);
  });

  it.each([
    [5, 0],
    [6, 1],
  ])('names five hosts of %i, and says that there are more: %i', (count, more) => {
    const hosts = Array.from({ length: count }, (_, index) => host(`i-${index}`, ''));

    const { text } = notice(aHeldRollout(), {}, hosts);

    expect(text.match(/^- i-\d failed/gm)).toHaveLength(5);
    expect(text.match(/^- and more$/gm) ?? []).toHaveLength(more);
  });
});

it('of a plan that waits binds the approval to it, and says until when', () => {
  const rollout = aRollout({
    status: 'awaiting_approval',
    batch: -1,
    plan_hash: HASH,
    approval_expires_at_ms: NOW_MS + 86_400_000,
    requested: { by: 'ada', why: 'CHG-1', at_ms: NOW_MS },
  });

  const { subject, text, attributes } = notice(rollout, { event: 'image.asked' });

  expect(subject).toBe('shop-web #42 waits for an approval: the reason');
  expect(attributes).toEqual({
    id: `${ID}/2`,
    policy: 'shop-web',
    rollout: ID,
    status: 'awaiting_approval',
    event: 'image.asked',
  });
  expect(text).toBe(`shop-web #42 waits for an approval.
${IMAGE}Digest: ${V2}
Asked for by ada: CHG-1
Plan: 100 hosts in 2 batches: 1, 99
Until: 2026-11-15 12:00 UTC; then it ends as expired
${PLACE}
What you can do:
- approve begins it:
  npx longshore approve ${ID} --plan ${HASH} ${THERE}
- reject ends it:
  npx longshore reject ${ID} ${THERE}

${CONSOLE}
{"rollout":"${ID}","action":"approve","plan":"${HASH}"}
{"rollout":"${ID}","action":"reject"}
${END}`);
});

describe('how far it has come', () => {
  const one = { hosts: 1, first_chunk: 0, chunks: 1 };
  const small = { hosts: 1, chunk_size: 50, batches: [one], offline: 1 };
  const asked = { status: 'awaiting_approval', batch: -1 } as const;

  it.each<[string, Rollout, RegExp]>([
    ['one host', aRollout({ ...asked, plan: small }), /\nPlan: 1 host in 1 batch: 1\n/],
    ['hosts left out', aRollout({ ...asked, plan: small }), /\nLeft out: 1 host that SSM does/],
    ['a hold in the first batch', aHeldRollout(), /\nTouched: at most 1 of 100 hosts \(batch 1 of/],
    ['a hold before it', aHeldRollout({ batch: -1 }), /\nTouched: no host\n/],
    ['a hold without a plan', without('plan', aHeldRollout()), /\nTouched: no host\n/],
    ['a way back', aWayBack({ batch: 0 }), /\nTouched: at most 1 of 100 hosts \(batch 1 of 2\)\n/],
    [
      'an end',
      aRollout({ status: 'completed', totals: { completed: 98, skipped: 2 } }),
      /\nHosts: 98 completed, 2 skipped\n/,
    ],
  ])('of %s', (_, rollout, line) => {
    expect(notice(rollout).text).toMatch(line);
  });

  it('is not said of a plan that nobody knows', () => {
    const { text } = notice(without('plan', inStatus('awaiting_approval')));

    expect(text).not.toMatch(/^(Plan|Until|Touched|Hosts): /m);
  });
});

it('of a way back that failed names the hosts, and what mends them', () => {
  const error = 'two\nlines';
  const hosts = [aFailedHost({ status: 'rollback_failed', error, digest_after: V2 })];
  const totals = { rolled_back: 1, rollback_failed: 1 };
  const rollout = aWayBack({ status: 'rollback_failed', totals });

  const { subject, text } = notice(rollout, {}, hosts);

  expect(subject).toBe('shop-web #42 did not go back on every host: the reason');
  expect(text).toBe(`shop-web #42 did not go back on every host.
${IMAGE}Hosts: 1 rolled_back, 1 rollback_failed
${PLACE}
Hosts that need attention:
- i-01 did not go back to v1: two lines

Mend these hosts, or push a mended image: its rollout takes them along.
${END}`);
});

describe('a notice', () => {
  it.each<[ToldStatus, Rollout, string[]]>([
    ['awaiting_approval', inStatus('awaiting_approval'), ['approve', 'reject']],
    ['held', aHeldRollout(), ['resume', 'retry-failed', 'rollback', 'cancel']],
    ['held', aHeldRollout({ batch: -1 }), ['resume', 'cancel']],
    ['held', { ...aWayBack({ status: 'held' }) }, ['resume']],
    ['rolling_back', aWayBack(), []],
    ['completed', inStatus('completed'), []],
    ['completed_with_failures', inStatus('completed_with_failures'), ['rollback']],
    ['failed', inStatus('failed'), []],
    ['rolled_back', inStatus('rolled_back'), []],
    ['rollback_failed', inStatus('rollback_failed'), []],
    ['expired', inStatus('expired'), []],
  ])('of a rollout that is %s names these choices: %3$j', (_, rollout, actions) => {
    const { text } = notice(rollout);

    const named = [...text.matchAll(/"action":"([a-z-]+)"/g)].map(([, action]) => action);
    expect(named).toEqual(actions);
    expect(text.includes('Start execution')).toBe(actions.length > 0);
  });

  it.each([
    ['rolling_back', 'Nothing is to be done: how it ends will be told.'],
    ['failed', 'Mend the cause; a new image begins again.'],
    [
      'rolled_back',
      'Every touched host runs again what it ran before. The image is denied and does not come back by itself: push a mended one.',
    ],
    ['expired', 'A new image asks again.'],
  ] as const)('of a rollout that is %s says what comes next: %s', (status, next) => {
    expect(notice(inStatus(status)).text).toContain(`\n\n${next}\n\nThe execution`);
  });

  it('of an end that asks for nothing is short', () => {
    expect(notice(inStatus('completed')).text).toBe(
      `shop-web #42 is completed.\n${IMAGE}${PLACE}${END}`,
    );
  });

  it('that comes late says so, and offers nothing that would come too late too', () => {
    const entry = { seq: 2, at_ms: 0, event: 'image.x', who: 'longshore', why: 'the reason' };
    const log = [
      { ...entry, status: 'awaiting_approval' as const },
      { ...entry, seq: 3, status: 'held' as const },
    ];

    const { subject, text } = describeNotice(
      aHeldRollout({ log }),
      entryOf('awaiting_approval'),
      [],
    );

    expect(subject).toBe('late: shop-web #42 waits for an approval: the reason');
    expect(text).toMatch(
      /^shop-web #42 waits for an approval\.\nThis comes late: by now it is held\.\n\n/,
    );
    expect(text).not.toContain('What you can do');
    expect(text).not.toMatch(/^(Plan|Until|Touched): /m);
  });

  it('of an image before which nothing ran names no other', () => {
    const { text } = notice(aRollout({ status: 'completed', previous: { tag: '', digest: '' } }));

    expect(text).toContain('\nImage: shop/web:v2\n');
  });
});

describe('a subject', () => {
  it.each([
    ['two\nlines', 'two lines'],
    ['grün und 緑', 'gr?n und ?'],
    ['\u202eturned', 'turned'],
    ['x'.repeat(70), 'x'.repeat(70)],
    ['x'.repeat(100), `${'x'.repeat(99 - 'shop-web #42 is held: '.length - 3)}...`],
  ])('of %j ends in %j', (why, end) => {
    expect(notice(aHeldRollout(), { why }).subject).toBe(`shop-web #42 is held: ${end}`);
  });

  it('is what SNS takes, whatever the reason', () => {
    const texts = fc.string({ unit: 'binary', maxLength: 200 });
    fc.assert(
      fc.property(texts, fc.constantFrom(...TOLD_STATUSES), (why, status) => {
        const { subject, text } = notice(inStatus(status), { why });

        expect(subject).toMatch(/^[\x21-\x7e][\x20-\x7e]{0,98}$/);
        expect(text).toMatch(/\nImage: shop\/web:v2, v1 before\n/);
      }),
    );
  });
});

it('cuts a reason in the text, and keeps it on its line', () => {
  const { text } = notice(aHeldRollout(), { why: `a\r\nb\u2028${'x'.repeat(600)}` });

  expect(text).toContain(`\nWhy: a b ${'x'.repeat(496)}...\n`);
});

it('calls a host troubled that is not where the rollout wants it, nor was left alone', () => {
  expect(HostStatus.options.filter((status) => isTroubled({ status }))).toEqual([
    'failed',
    'unknown',
    'rollback_failed',
  ]);
});
