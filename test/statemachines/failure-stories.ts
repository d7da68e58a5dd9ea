/** Stories of tasks that fail: what is tried again and how often, and what nothing catches. */
import type { ScriptedResult } from '#local/step-functions/scripted-run.ts';
import { type Answer, type Story, TIMEOUT, thrown } from './story.ts';

/** What every task's Retry names. A task without a token retries States.Timeout as well. */
const RETRIED = [
  'LostRaceError',
  'ThrottledError',
  'Lambda.ServiceException',
  'Lambda.AWSLambdaException',
  'Lambda.SdkClientException',
  'Lambda.TooManyRequestsException',
  'Lambda.Unknown',
  'Sandbox.Timedout',
];
const LOST_RACES = 12;
const LAMBDA_FAULTS = 8;
/** A service that is away is asked for a day: once a minute, when it has been away for long. */
const OUTAGE_TRIES = 1_440;

const times = (count: number, error: string): ScriptedResult[] =>
  Array.from({ length: count }, () => thrown(error));

/** The same story, in which each task fails in every way that it retries before it answers. */
export function troubled(story: Story): Story {
  const answers = story.answers.flatMap((answer): Answer[] => [...RETRIED.map(thrown), answer]);
  return { ...story, title: `${story.title}, with every error on the way`, answers };
}

const OK = { ok: {} };

export const FAILURE_STORIES: readonly Story[] = [
  {
    machine: 'rollout',
    title: 'waits for lambdas that time out, on the way there',
    answers: [TIMEOUT, 'ready', TIMEOUT, 'go', TIMEOUT, 'done', TIMEOUT, 'done'],
  },
  {
    machine: 'rollout',
    title: 'waits for lambdas that time out, on the way back',
    answers: ['roll_back', TIMEOUT, 'done', TIMEOUT, 'done'],
  },
  {
    machine: 'chunk',
    title: 'waits for lambdas that time out',
    answers: [OK, TIMEOUT, 'probe', OK, TIMEOUT, 'record', TIMEOUT, OK],
  },
  {
    machine: 'rollback',
    title: 'waits for lambdas that time out',
    answers: [OK, TIMEOUT, 'record', TIMEOUT, OK],
  },
  { machine: 'control', title: 'waits for a lambda that times out', answers: [TIMEOUT, 'refused'] },
  {
    machine: 'control',
    title: 'fails, redrivable, by an error that nothing names',
    answers: [thrown('TypeError')],
    ends: 'FAILED',
  },
  {
    machine: 'chunk',
    title: 'counts lost races and lambda faults apart, and anew in each visit',
    answers: [
      ...[...times(LOST_RACES, 'LostRaceError'), ...times(LAMBDA_FAULTS, 'Lambda.Unknown'), OK],
      ...[...times(LAMBDA_FAULTS, 'Sandbox.Timedout'), 'again', OK],
      ...[...times(LAMBDA_FAULTS, 'Sandbox.Timedout'), 'record', OK],
    ],
  },
  {
    machine: 'chunk',
    title: 'fails when it has lost every race for its intent',
    answers: times(LOST_RACES + 1, 'LostRaceError'),
    ends: 'FAILED',
  },
  {
    machine: 'chunk',
    title: 'fails when a lambda never works',
    answers: [OK, ...times(LAMBDA_FAULTS + 1, 'Lambda.Unknown')],
    ends: 'FAILED',
  },
  {
    machine: 'chunk',
    title: 'waits for a Lambda that is away, however often the table throttles meanwhile',
    answers: [
      OK,
      ...times(OUTAGE_TRIES / 2, 'Lambda.ServiceException'),
      ...times(OUTAGE_TRIES / 2, 'ThrottledError'),
      'record',
      OK,
    ],
  },
  {
    machine: 'chunk',
    title: 'fails when Lambda is away for longer than a day',
    answers: [OK, ...times(OUTAGE_TRIES + 1, 'Lambda.ServiceException')],
    ends: 'FAILED',
  },
  {
    machine: 'chunk',
    title: 'fails when a lambda times out every time',
    answers: [OK, ...Array.from({ length: LAMBDA_FAULTS + 1 }, () => TIMEOUT)],
    ends: 'FAILED',
  },
  {
    machine: 'chunk',
    title: 'fails by an error of a lambda that nothing names',
    answers: [OK, thrown('TypeError')],
    ends: 'FAILED',
  },
  {
    machine: 'chunk',
    title: 'fails by a token that tells of an error that nothing names',
    answers: [{ error: 'Refused', cause: 'as the story says' }],
    ends: 'FAILED',
  },
  {
    machine: 'chunk',
    title: 'fails by a token that tells of an error without a cause',
    answers: [OK, 'probe', { error: 'Refused' }],
    ends: 'FAILED',
  },
  {
    machine: 'rollout',
    title: 'fails in a hold, by an error that nothing names',
    answers: ['ready', 'hold', { error: 'Refused' }],
    ends: 'FAILED',
  },
  {
    machine: 'chunk',
    title: 'fails by an answer that does not say until when it waits',
    answers: [OK, { ok: { verdict: 'probe' } }],
    ends: 'FAILED',
  },
  {
    machine: 'chunk',
    title: 'fails by an answer without a verdict',
    answers: [OK, { ok: {} }],
    ends: 'FAILED',
  },
  {
    machine: 'rollout',
    title: 'fails by an answer that names no chunks',
    answers: ['ready', { ok: { verdict: 'go', concurrency: 1 } }],
    ends: 'FAILED',
  },
];
