/**
 * A notice: what happened to a rollout, why, how far it had come, and what to do next, for somebody who reads
 * it on a telephone at night. Plain text, so that whatever shows it shows it as it is.
 */
import { type Choice, choicesFor } from './advice.ts';
import type { HostRecord } from './chunk.ts';
import { consoleLink, placeOf, type StackPlace } from './console-link.ts';
import { type Rollout, rolloutTitle } from './rollout.ts';
import type { ToldEntry, ToldStatus } from './told.ts';
import { seeHost } from './view/host-glance.ts';
import { fateOf } from './view/tone.ts';
import { openZoneClock } from './zone-clock.ts';

export interface Notice {
  /** SNS takes less than 100 characters of ASCII on one line. The whole of it, for a text message. */
  subject: string;
  text: string;
  /** For filters of subscriptions; `id` tells two notices of one entry from two entries. */
  attributes: Record<'id' | 'policy' | 'rollout' | 'status' | 'event', string>;
}

/** How many hosts a notice names. */
export const NAMED_HOSTS = 5;
const SUBJECT_CHARACTERS = 99;
/** Of a reason or an error: a stack trace helps nobody here. */
const PIECE_CHARACTERS = 500;

const SAYS: Readonly<Record<ToldStatus, string>> = {
  awaiting_approval: 'waits for an approval',
  held: 'is held',
  rolling_back: 'goes back',
  completed: 'is completed',
  completed_with_failures: 'is completed, but not on every host',
  failed: 'failed before any host was touched',
  rolled_back: 'went back',
  rollback_failed: 'did not go back on every host',
  expired: 'has expired, and no host was touched',
};

/** Where there is nothing to choose. */
const NEXT: Partial<Record<ToldStatus, string>> = {
  rolling_back: 'Nothing is to be done: how it ends will be told.',
  failed: 'Mend the cause; a new image begins again.',
  rolled_back:
    'Every touched host runs again what it ran before. The image is denied and does not come back by itself: push a mended one.',
  rollback_failed: 'Mend these hosts, or push a mended image: its rollout takes them along.',
  expired: 'A new image asks again.',
};

export function isTroubled({ status }: Pick<HostRecord, 'status'>): boolean {
  return status === 'failed' || status === 'unknown' || status === 'rollback_failed';
}

/** `hosts`: those that need attention, one more than are named where there are more. */
export function describeNotice(
  rollout: Rollout,
  entry: ToldEntry,
  hosts: readonly HostRecord[],
): Notice {
  const { log, policy } = rollout;
  const isLate = log.some(({ seq, status }) => seq > entry.seq && status !== entry.status);
  const what = `${rolloutTitle(rollout)} ${SAYS[entry.status]}`;
  const subject = `${isLate ? 'late: ' : ''}${what}: ${oneLine(entry.why)}`;
  const place = placeOf(rollout.execution_arn);
  const lines = [
    `${what}.`,
    ...(isLate ? [`This comes late: by now it is ${rollout.status}.`] : []),
    '',
    `Why: ${oneLine(entry.why)}`,
    ...imageLines(rollout, entry),
    ...(isLate ? [] : standLines(rollout, entry)),
    `At: ${showInstant(entry.at_ms)}`,
    `Stack: ${place.stack} in ${place.region}, account ${place.account}`,
    ...hostLines(hosts, rollout.previous.tag),
    ...(isLate ? [] : nextLines(rollout, entry, place)),
    '',
    'The execution of the rollout:',
    consoleLink('execution', rollout.execution_arn),
  ];
  return {
    subject: toSubject(subject),
    text: `${lines.join('\n')}\n`,
    attributes: {
      id: `${rollout.rollout}/${entry.seq}`,
      policy,
      rollout: rollout.rollout,
      status: entry.status,
      event: entry.event,
    },
  };
}

/** Who approves, approves this very digest, and wants to know who asked for it. */
function imageLines({ image, previous, requested }: Rollout, { status }: ToldEntry): string[] {
  const name = `Image: ${image.repository}:${image.tag}${previous.tag && `, ${previous.tag} before`}`;
  if (status !== 'awaiting_approval') return [name];
  const asker = requested && `Asked for by ${oneLine(requested.by)}: ${oneLine(requested.why)}`;
  return [name, `Digest: ${image.digest}`, ...(asker === undefined ? [] : [asker])];
}

/** How far it has come; of a plan, how far it would go. */
function standLines(rollout: Rollout, { status }: ToldEntry): string[] {
  switch (status) {
    case 'awaiting_approval':
      return planLines(rollout);
    case 'held':
    case 'rolling_back':
      return [`Touched: ${reachOf(rollout)}`];
    case 'completed':
    case 'rolled_back':
    case 'rollback_failed': {
      const counts = Object.entries(rollout.totals ?? {}).map(
        ([name, count]) => `${count} ${name}`,
      );
      return counts.length === 0 ? [] : [`Hosts: ${counts.join(', ')}`];
    }
    default:
      return []; // No host was touched, or the reason counts them.
  }
}

function planLines({ plan, approval_expires_at_ms: untilMs }: Rollout): string[] {
  const until = untilMs && `Until: ${showInstant(untilMs)}; then it ends as expired`;
  return [...(plan ? describePlan(plan) : []), ...(until ? [until] : [])];
}

function describePlan({ hosts, batches, offline }: NonNullable<Rollout['plan']>): string[] {
  const sizes = batches.map((batch) => batch.hosts).join(', ');
  return [
    `Plan: ${hostCount(hosts)} in ${batches.length} ${batches.length === 1 ? 'batch' : 'batches'}: ${sizes}`,
    ...(offline === undefined ? [] : [`Left out: ${hostCount(offline)} that SSM does not reach`]),
  ];
}

/** Batches open one after the other: no host beyond the last that opened was touched. */
function reachOf({ plan, batch, status }: Rollout): string {
  if (plan === undefined || batch === -1) return 'no host';
  const { hosts, batches } = plan;
  const opened = batches.slice(0, batch + 1).reduce((sum, one) => sum + one.hosts, 0);
  const reach = `at most ${opened} of ${hostCount(hosts)} (batch ${batch + 1} of ${batches.length})`;
  return status === 'held' ? `${reach}; no other until a person decides` : reach;
}

function hostCount(count: number): string {
  return count === 1 ? '1 host' : `${count} hosts`;
}

function hostLines(hosts: readonly HostRecord[], tag: string): string[] {
  if (hosts.length === 0) return [];
  const named = hosts.slice(0, NAMED_HOSTS);
  return [
    '',
    'Hosts that need attention:',
    ...named.map((host) => `- ${host.host} ${oneLine(fateOf(seeHost(host), tag))}`),
    ...(hosts.length > NAMED_HOSTS ? ['- and more'] : []),
  ];
}

function nextLines(rollout: Rollout, { status }: ToldEntry, place: StackPlace): string[] {
  const choices = choicesOf(rollout, status);
  if (choices.length === 0) return NEXT[status] === undefined ? [] : ['', NEXT[status]];
  const { stack, region, controlArn } = place;
  const planOf = (action: string) => (action === 'approve' ? rollout.plan_hash : undefined);
  return [
    '',
    'What you can do:',
    ...choices.flatMap(({ action, does }) => {
      const plan = planOf(action);
      const given = `${rollout.rollout}${plan === undefined ? '' : ` --plan ${plan}`}`;
      return [
        `- ${action} ${does}:`,
        `  npx longshore ${action} ${given} --stack ${stack} --region ${region}`,
      ];
    }),
    '',
    `Or in the console: "Start execution" of ${stack}-control with one of these lines as its input ("reason" and "by" may be added):`,
    consoleLink('machine', controlArn),
    ...choices.map(({ action }) =>
      JSON.stringify({ rollout: rollout.rollout, action, plan: planOf(action) }),
    ),
  ];
}

function choicesOf(rollout: Rollout, status: ToldStatus): Choice[] {
  if (status === 'completed_with_failures') {
    return [{ action: 'rollback', does: 'takes every touched host back to what it ran before' }];
  }
  return choicesFor(rollout);
}

function showInstant(atMs: number): string {
  return openZoneClock('UTC').show(atMs);
}

/** What cannot be seen, or turns a line round, becomes a space: causes come from people and programs. */
function oneLine(text: string): string {
  const line = text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim();
  return line.length > PIECE_CHARACTERS ? `${line.slice(0, PIECE_CHARACTERS)}...` : line;
}

function toSubject(text: string): string {
  const line = oneLine(text).replaceAll(/[^\x20-\x7e]/gu, '?');
  return line.length > SUBJECT_CHARACTERS ? `${line.slice(0, SUBJECT_CHARACTERS - 3)}...` : line;
}
