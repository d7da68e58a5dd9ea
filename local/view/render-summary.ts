/** What happened, in a dozen lines; and what was not as expected, in full. */

import { formatElapsed, formatNumber, type Paint, styleOf, wrapWords } from '#core/view/format.ts';
import { toneOf } from '#core/view/tone.ts';
import type { PushStory, Story } from '../scenario/story.ts';
import type { Page } from './page.ts';

interface Real {
  seconds: number;
  /** Of this program, at its peak. */
  memoryBytes: number;
}

const LABEL = 16;
const SERVICES: Readonly<Record<string, string>> = {
  dynamodb: 'DynamoDB',
  ssm: 'SSM',
  sfn: 'Step Functions',
  ecr: 'ECR',
  sqs: 'SQS',
  events: 'EventBridge',
};

export function renderSummary(story: Story, real: Real, page: Page): string[] {
  const { options, stoppedBecause } = story;
  const { paint } = page;
  const hosts = `${formatNumber(options.hosts)} hosts, policy ${story.policy}, seed ${options.seed}`;
  const virtual = formatElapsed(story.virtualSeconds * 1000);
  const megabytes = formatNumber(Math.round(real.memoryBytes / 1_048_576));
  const loads = options.docker ? 'with the CDK, without the Engines' : 'with the CDK';
  return [
    '',
    `${paint('bold', 'What happened')}  ${hosts}`,
    ...story.pushes.flatMap((push) => renderPush(push, page)),
    ...(stoppedBecause === undefined ? [] : [`  The story ends here: ${stoppedBecause}.`]),
    '',
    paint('bold', 'What it took'),
    ...renderCalls(story.apiCalls, page),
    ...row('Lambda', `${formatNumber(story.lambdaInvocations)} invocations`, page),
    ...row('State machine', `${formatNumber(story.stateTransitions)} transitions`, page),
    ...row('Time', `${virtual} virtual, ${real.seconds.toFixed(1)} s real`, page),
    ...row('Memory', `${megabytes} MB at the peak, ${loads}`, page),
    '',
    ...renderVerdict(story, paint),
  ];
}

/** `  label           text`, and what does not fit below the text. */
function row(label: string, text: string, { columns }: Page): string[] {
  return wrapWords(text, columns - LABEL - 2).map(
    (line, index) => `  ${(index === 0 ? label : '').padEnd(LABEL)}${line}`,
  );
}

function renderPush({ tag, rollout, considered, runs }: PushStory, page: Page): string[] {
  const { paint } = page;
  const on = Object.entries(runs)
    .map(([image, count]) => `${formatNumber(count)} on ${image}`)
    .join(', ');
  if (rollout === undefined) {
    return [
      ...row(tag, `started nothing; hosts: ${on}`, page),
      ...row('', considered?.reason ?? '', page),
    ];
  }
  const elapsed = formatElapsed(rollout.virtualSeconds * 1000);
  const status = paint(styleOf(toneOf(rollout.status)), rollout.status);
  return [
    `  ${tag.padEnd(LABEL)}${rollout.title} ${status} after ${elapsed}; hosts: ${on}`,
    ...row('', rollout.reason, page),
  ];
}

/** One row for each service: its total, then its operations, the most frequent first. */
function renderCalls(apiCalls: Readonly<Record<string, number>>, page: Page): string[] {
  const byService = Map.groupBy(Object.entries(apiCalls), ([name]) => name.split(':')[0] ?? '');
  return [...byService].flatMap(([service, calls]) => {
    const total = calls.reduce((sum, [, count]) => sum + count, 0);
    const operations = calls
      .toSorted(([, one], [, other]) => other - one)
      .map(([name, count]) => `${name.split(':')[1]} ${formatNumber(count)}`);
    const text = `${formatNumber(total)} calls: ${operations.join(', ')}`;
    return row(SERVICES[service] ?? service, text, page);
  });
}

function renderVerdict({ opening, pushes }: Story, paint: Paint): string[] {
  const checks = [...opening, ...pushes.flatMap((push) => push.checks)];
  const failed = checks.filter(({ holds }) => !holds);
  if (failed.length === 0) return [paint('green', `All as expected: ${checks.length} checks.`)];
  return [
    paint('red', 'Not as expected:'),
    ...failed.flatMap(({ what, expected, found }) => [
      `  ${what}`,
      `    expected  ${expected}`,
      `    found     ${found}`,
    ]),
  ];
}
