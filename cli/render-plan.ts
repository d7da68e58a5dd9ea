/** The forecast for people: what, why, which hosts, when; at most 100 columns. */
import { showBatches } from '#core/policy-warnings.ts';
import { rolloutTitle } from '#core/rollout.ts';
import type { Paint } from '#core/view/format.ts';
import type { Screen } from './around.ts';
import { count, isoOf, type Line, line, paintFor, renderSections } from './format.ts';
import { batchHosts, type Planned } from './planned.ts';
import { timelineLines } from './render-timeline.ts';

const MOST_TAGS = 20;
const MOST_HOSTS = 10;

export function renderPlan(planned: Planned, out: Screen): string {
  const paint = paintFor(out);
  const sections: [title: string, lines: Line[]][] = [
    ['Policy', policyLines(planned)],
    ['Stack', stackLines(planned)],
    ['Image', imageLines(planned)],
    ['Others', loserLines(planned)],
    ['Decision', decisionLines(planned, paint)],
    ['Hosts', hostLines(planned)],
    ['Timeline', timelineLines(planned)],
    ['Warnings', warningLines(planned, paint)],
  ];
  return renderSections(sections, paint);
}

function policyLines({ source: { policy, file } }: Planned): Line[] {
  const { fleet_id, device_tags, hosts, update_strategy, batch_delay_minutes } = policy;
  const where = [
    ...(fleet_id === undefined ? [] : [`fleet ${fleet_id}`]),
    ...device_tags,
    ...(hosts.length > 0 ? [`${count(hosts.length, 'host')} by name`] : []),
  ];
  const delay = batch_delay_minutes === 0 ? '' : `, ${batch_delay_minutes} minutes apart`;
  const selection = where.length === 0 ? 'all hosts' : where.join(', ');
  return [
    line(`${policy.id} (${file})`),
    line(
      `${policy.image_pattern} to ${selection}; ${update_strategy}, ${showBatches(policy)}${delay}`,
    ),
  ];
}

function stackLines({ stack, region, stored, isDeployed, nowMs }: Planned): Line[] {
  const where = `${stack} in ${region}, as of ${isoOf(nowMs)}`;
  if (stored === undefined) {
    return [line(where), line('there is no such stack: planned as if the policy were new')];
  }
  const { policy, target, activeStatus } = stored;
  const { desired, denied = [], active } = target ?? {};
  const version = isDeployed
    ? 'is deployed as it is in the file'
    : 'is deployed in another version';
  return [
    where,
    `the policy ${policy === undefined ? 'is not deployed yet' : version}`,
    ...(desired === undefined || desired.tag === '' ? [] : [`desired now: ${desired.tag}`]),
    ...(denied.length > 0 ? [`denied: ${denied.map(({ title }) => title).join(', ')}`] : []),
    ...(active === undefined ? [] : [`${rolloutTitle(active)} is ${activeStatus}`]),
  ].map((text) => line(text));
}

function imageLines({ repository, forecast, pushed }: Planned): Line[] {
  const { chosen, reason, losers } = forecast.choice;
  const lost = losers.find(({ tag }) => tag === pushed);
  const asked = lost === undefined ? [] : [line(`${repository}:${lost.tag} loses: ${lost.reason}`)];
  if (chosen === undefined) return [line(`none: ${reason}`), ...asked];
  const origin = forecast.isPretended
    ? 'is not in the registry: planned as if it were pushed now'
    : `${chosen.digest.slice(0, 'sha256:'.length + 12)}, pushed ${isoOf(chosen.pushedAtMs)}`;
  return [line(`${repository}:${chosen.tag} wins: ${reason}`), line(origin), ...asked];
}

function loserLines({ forecast: { choice, strangers }, source }: Planned): Line[] {
  const shown = choice.losers.slice(0, MOST_TAGS);
  const width = Math.max(0, ...shown.map(({ tag }) => tag.length));
  const more = choice.losers.length - shown.length;
  const { image_pattern } = source.policy;
  return [
    ...shown.map(({ tag, reason }) => line(`${tag.padEnd(width)}  ${reason}`, width + 2)),
    ...(more > 0 ? [line(`… and ${more} more, all of them with --json`)] : []),
    ...(strangers > 0 ? [line(`${count(strangers, 'tag')} not met by ${image_pattern}`)] : []),
  ];
}

const WORDS = {
  start: 'a rollout starts',
  supersede: 'a rollout starts',
  wait: 'it waits',
  record: 'nothing starts, it is noted',
  nothing: 'nothing starts',
} as const;

function decisionLines({ forecast, source, stored }: Planned, paint: Paint): Line[] {
  const { decision, refusal } = forecast;
  const word = WORDS[decision.verdict];
  const isStart = word === WORDS.start;
  const lines = [`${paint(isStart ? 'green' : 'bold', word)}: ${decision.reason}`];
  const active = stored?.target?.active;
  if (decision.verdict === 'supersede' && active !== undefined) {
    lines.push(`its first batch waits until no command of ${rolloutTitle(active)} is open`);
  }
  if (refusal !== undefined) {
    lines.push(`${paint('red', isStart ? 'and is refused' : 'it would be refused')}: ${refusal}`);
  } else if (!isStart) lines.push('what follows is how it would go, were it to start now');
  if (source.policy.update_strategy === 'manual') lines.push('a person has to approve the plan');
  return lines.map((text) => line(text));
}

function hostLines({ forecast: { plan, refusal }, hosts }: Planned): Line[] {
  const batches = batchHosts(plan);
  const offline = hosts.offline > 0 ? `; ${hosts.offline} more offline, left out` : '';
  const total = count(hosts.hosts.length, 'host');
  if (refusal !== undefined) return [line(total + offline)];
  const amount = batches.length === 1 ? '1 batch' : `${batches.length} batches`;
  const width = count(hosts.hosts.length, 'host').length;
  return [
    line(`${total} in ${amount}${offline}`),
    ...batches.map((ids, index) => {
      const more = ids.length > MOST_HOSTS ? ` and ${ids.length - MOST_HOSTS} more` : '';
      const title = `${String(index + 1).padStart(2)}  ${count(ids.length, 'host').padStart(width)}  `;
      return line(`${title}${ids.slice(0, MOST_HOSTS).join(' ')}${more}`, title.length);
    }),
  ];
}

function warningLines({ forecast, source }: Planned, paint: Paint): Line[] {
  return forecast.warnings.map(({ field, message }) =>
    line(`${paint('yellow', message)} (line ${source.lineOf(field)})`, 2),
  );
}
