/**
 * The story of a deployment, from an empty account to an empty account, told by what hosts answer: the stack as
 * users deploy it, a real push, containers on hosts with Docker Engines of their own.
 */
import { mkdtempSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Account } from './account.ts';
import { haltAt } from './halt.ts';
import { Operator } from './operator.ts';
import { CHANGED_POLICIES, POLICIES, SETTINGS, TOPIC } from './policies.ts';
import { Project } from './project.ts';
import { AnswerRecord, CreationRecord } from './records.ts';
import { printReport } from './report.ts';
import { Subscriber } from './subscriber.ts';
import { readSurroundings } from './surroundings.ts';

const FLEETS = { production: 4, reference: 2 };

const account = new Account();
const operator = new Operator(account);
const creations = new CreationRecord();
const subscriber = new Subscriber();
let project: Project;
let answers: AnswerRecord;
/** Ids by fleet. */
let production: string[] = [];
let reference: string[] = [];

beforeAll(async () => {
  await account.start();
  const fleets = Object.entries(FLEETS).flatMap(([name, count]) => Array(count).fill(name));
  const ids = await account.launch(fleets);
  production = ids.slice(0, FLEETS.production);
  reference = ids.slice(FLEETS.production);
  answers = new AnswerRecord(await operator.addresses(ids));
  for (const id of ids) await creations.watch(id, account.hosts.container(id).engineSocket);
  project = new Project(mkdtempSync(path.join(readSurroundings().E2E_FOLDER, 'project-')));
  project.configure(SETTINGS);
  project.writePolicies(POLICIES);
});

afterAll(async () => {
  answers?.stop();
  await account.stop();
  printReport({ answers: answers?.answers ?? [], creations: creations.creations });
});

/** How long a paused rollout is watched: longer than from one sweep to the next. */
const PAUSE_MS = 70_000;

/** As many times as there are hosts. */
const all = (hosts: readonly string[], version: string) => hosts.map(() => version);

describe('from an empty account', () => {
  it('cdk bootstrap and cdk deploy make the stack', async () => {
    await project.cdk('bootstrap');
    await operator.createRepository('shop/web');
    await subscriber.listenTo(TOPIC);

    await project.cdk('deploy', '--require-approval', 'never');
    await haltAt('stack is deployed');

    expect(await operator.namesOf('Longshore')).toMatchObject({
      functions: expect.arrayContaining(['Longshore-consider-image']),
      machines: ['Longshore-control', 'Longshore-rollout'],
      tables: ['Longshore-hosts', 'Longshore-policies', 'Longshore-rollouts'],
    });
  });

  it('a push of v1 reaches both fleets', async () => {
    const digest = await operator.push('v1');
    await haltAt('batch is open', () =>
      operator.rolloutOf('v1', () => creations.hostsOf(digest).length > 0),
    );

    const rollouts = [await operator.ended('v1'), await operator.ended('v1', 'shop-web-reference')];

    expect(rollouts.map(({ status }) => status)).toEqual(['completed', 'completed']);
    expect(await answers.look(production)).toEqual(all(production, 'v1'));
    expect(await answers.look(reference)).toEqual(all(reference, 'v1'));
  });

  it('a push of v2 reaches its fleet, and the other one stays', async () => {
    await operator.push('v2');

    const { status } = await operator.ended('v2');

    expect(status).toBe('completed');
    expect(await answers.look(production)).toEqual(all(production, 'v2'));
    expect(await answers.look(reference)).toEqual(all(reference, 'v1'));
  });

  it('a push of v3, which answers 500, is met by one host, and that one is back', async () => {
    const digest = await operator.push('v3', { STATUS: '500' });

    const { status, log } = await operator.ended('v3');

    expect(status, log.at(-1)?.why).toBe('rolled_back');
    const harmed = creations.hostsOf(digest);
    expect(harmed).toHaveLength(1);
    expect(answers.hostsOf('v3').filter((host) => !harmed.includes(host))).toEqual([]);
    expect(await answers.look(production)).toEqual(all(production, 'v2'));
    expect(await answers.look(reference)).toEqual(all(reference, 'v1'));
  });

  it('Stop execution pauses v4, and nothing moves from then on', async () => {
    const digest = await operator.push('v4');
    const rollout = await operator.rolloutOf('v4', () => creations.hostsOf(digest).length > 0);

    await operator.stop(rollout, 'let me look');

    const { paused } = await operator.rolloutOf('v4', ({ status }) => status === 'paused');
    expect(paused?.cause).toBe('let me look');
    await delay(PAUSE_MS);
    const [later] = await operator.rollouts('shop-web').then((rollouts) => rollouts.slice(-1));
    expect(later).toMatchObject({ rollout: rollout.rollout, status: 'paused' });
    expect(creations.hostsOf(digest)).toHaveLength(1);
    const others = production.filter((host) => !creations.hostsOf(digest).includes(host));
    expect(await answers.look(others)).toEqual(all(others, 'v2'));
  });

  it('Redrive resumes v4 to its end, and no host is swapped twice', async () => {
    const paused = await operator.rolloutOf('v4');

    await operator.redrive(paused);

    const rollout = await operator.ended('v4');
    expect(rollout, rollout.log.at(-1)?.why).toMatchObject({ status: 'completed', run: 1 });
    expect(rollout.redrives_seen).toBe(1);
    const digest = rollout.image.digest;
    expect(creations.hostsOf(digest).toSorted()).toEqual(production.toSorted());
    expect(await answers.look(production)).toEqual(all(production, 'v4'));
  });

  it('longshore resumes v5, which was stopped in its second batch, by the control machine', async () => {
    const digest = await operator.push('v5');
    const rollout = await operator.rolloutOf('v5', () => creations.hostsOf(digest).length > 1);
    await operator.stop(rollout, 'let me look');
    await operator.rolloutOf('v5', ({ status }) => status === 'paused');

    const said = await project.longshore('resume', 'shop-web', '--reason', 'it is well');

    const { status, log, ...ended } = await operator.ended('v5');
    expect(said).toBe('shop-web #5 goes on where it stood: its execution is redriven');
    expect(status, log.at(-1)?.why).toBe('completed');
    expect(ended).toMatchObject({ run: 1, redrives_seen: 1 });
    const resumed = log.find(({ event }) => event === 'image.rollout_resumed');
    expect(resumed?.who).toMatch(/^arn:aws:\w+::000000000000:/);
    expect(resumed?.why).toBe('it is well; redriven (1)');
    expect(creations.hostsOf(digest).toSorted()).toEqual(production.toSorted());
    expect(await answers.look(production)).toEqual(all(production, 'v5'));
  });

  it('a second cdk deploy, with other policies and settings, does not disturb v6', async () => {
    const digest = await operator.push('v6');
    const before = await operator.rolloutOf('v6', () => creations.hostsOf(digest).length > 0);

    project.configure({ ...SETTINGS, log_level: 'DEBUG' });
    project.writePolicies(CHANGED_POLICIES);
    await project.cdk('deploy', '--require-approval', 'never');

    const rollout = await operator.ended('v6');
    expect(rollout).toMatchObject({
      status: 'completed',
      run: 1,
      settings: before.settings,
      totals: { completed: production.length },
    });
    expect(creations.hostsOf(digest).toSorted()).toEqual(production.toSorted());
    expect(await answers.look(production)).toEqual(all(production, 'v6'));
    expect((await operator.policy('shop-web'))?.document).toEqual(CHANGED_POLICIES[0]);
  });

  it('a host and an Engine that are killed are unknown, and v7 ends as the policy says', async () => {
    const digest = await operator.push('v7');
    await operator.rolloutOf('v7', () => creations.hostsOf(digest).length > 1);
    const [, engineless = ''] = creations.hostsOf(digest);
    const dead = production.find((host) => !creations.hostsOf(digest).includes(host)) ?? '';

    await account.hosts.container(engineless).killEngine();
    await account.killHost(dead);

    const rollout = await operator.ended('v7');
    const records = await operator.hostRecords(rollout);
    const errors = records.map(({ host, status, error }) => `${host} ${status}: ${error}`);
    const lost = [dead, engineless];
    const rest = production.filter((host) => !lost.includes(host));
    const outcomes = Object.fromEntries(records.map(({ host, status }) => [host, status]));
    expect(outcomes, errors.join('\n')).toEqual({
      ...Object.fromEntries(lost.map((host) => [host, 'unknown'])),
      ...Object.fromEntries(rest.map((host) => [host, 'completed'])),
    });
    expect(rollout).toMatchObject({
      status: 'completed_with_failures',
      totals: { completed: production.length - 2, unknown: 2 },
    });
    expect(await answers.look(rest)).toEqual(all(rest, 'v7'));
    expect(await answers.look(reference)).toEqual(all(reference, 'v1'));
  });

  it('whoever subscribed was told of each once, with the commands to type', async () => {
    const heard = await subscriber.hears(/^shop-web #7 /);

    expect(heard.map(({ subject }) => subject)).toEqual([
      'shop-web #1 is completed: v1 went through every batch',
      'shop-web #2 is completed: v2 went through every batch',
      expect.stringMatching(/^shop-web #3 goes back: /),
      expect.stringMatching(/^shop-web #3 went back: /),
      'shop-web #4 is completed: v4 went through every batch',
      'shop-web #5 is completed: v5 went through every batch',
      'shop-web #6 is completed: v6 went through every batch',
      expect.stringMatching(/^shop-web #7 is completed, but not on every host: /),
    ]);
    expect(new Set(heard.map(({ id }) => id)).size).toBe(heard.length);
    const { rollout } = await operator.ended('v7');
    expect(heard.at(-1)?.text).toContain(
      `npx longshore rollback ${rollout} --stack Longshore --region eu-west-1\n`,
    );
  });

  it('cdk destroy leaves nothing', async () => {
    await project.cdk('destroy', '--force');

    expect(await operator.namesOf('Longshore')).toEqual({});
  });
});
