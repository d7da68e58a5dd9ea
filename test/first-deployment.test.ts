/**
 * docs/first-deployment.md is true: its policy passes the product's own check and plays on the embedded cloud
 * as the page says, its mistakes are answered in the words that it prints, and what it counts is counted.
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { readRollout, readTarget } from '#aws/rollout-store.ts';
import { openStore, type Store } from '#aws/store.ts';
import type { Rollout } from '#core/rollout.ts';
import { executionName, rolloutId } from '#core/rollout-id.ts';
import { parseSettings } from '#core/settings.ts';
import { readPolicies } from '#lib/read-policies.ts';
import { createCloud } from '#local/cloud.ts';
import type { HostSpec } from '#local/hosts/fleet.ts';
import type { LocalCloud } from '#local/local-cloud.ts';
import { blocksOf, GUIDE, GUIDE_POLICY as POLICY } from './guide.ts';
import { HERE, type Resources, synthesize } from './lib/template.ts';

const REPOSITORY = 'shop/web';
const STACK = 'Longshore';

const STORIES = blocksOf('text').map((text) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t')),
);

const section = (number: number) =>
  GUIDE.split(/^## /m).find((text) => text.startsWith(`${number}. `)) ?? '';

let folder = '';
let resources: Resources;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'first-deployment-'));
  writeFileSync(path.join(folder, 'shop-web.yaml'), POLICY);
  resources = synthesize({ policiesFolder: folder });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the policy', () => {
  it('passes the check of the synthesis, under the name of the file that the page gives', () => {
    const [read, ...others] = readPolicies(folder, parseSettings({}));

    expect(others).toEqual([]);
    expect(read?.policy).toMatchObject({ id: 'shop-web', update_strategy: 'staged' });
    expect(read?.policy.run?.ports).toEqual(['8080:8080']);
    expect(GUIDE).toContain('Write this to `policies/shop-web.yaml`');
  });

  it.each([
    ['batch_delay_minutes: 2', 'batch_delay_minute: 2'],
    [/^fleet_id.*\n/m, ''],
    ['["1 host", "100%"]', '["1 host", "50%"]'],
    ['health_check_timeout_seconds: 60', 'health_check_timeout_seconds: 20'],
  ])('is refused in the words of the page: %s becomes %s', (right, wrong) => {
    const broken = mkdtempSync(path.join(tmpdir(), 'first-deployment-'));
    writeFileSync(path.join(broken, 'shop-web.yaml'), POLICY.replace(right, wrong));

    const words = messageOf(() => readPolicies(broken, parseSettings({})));
    rmSync(broken, { recursive: true });

    const said = words.split('\n')[1]?.replace(/^.*?:\d+: /, '') ?? 'nothing';
    expect(section(6)).toContain(`\`${said}\``);
  });
});

it('gives settings that a stack takes', () => {
  const [settings, ...others] = blocksOf('json').map((text) => JSON.parse(text));

  expect(others).toEqual([]);
  expect(parseSettings(settings.context.longshore)).toMatchObject({ retain_tables: false });
});

it('writes JSON wherever a command reads it', () => {
  const documents = blocksOf('sh').flatMap((text) =>
    Array.from(text.matchAll(/<<JSON\n(.*?)^JSON$/gms), ([, json = '']) => fill(json)),
  );

  expect(documents).toHaveLength(4);
  for (const json of documents) expect(() => JSON.parse(json)).not.toThrow();
});

it('lets a host pull from its one repository, and nothing else', () => {
  const json = /cat > pull\.json <<JSON\n(.*?)^JSON$/ms.exec(section(4))?.[1] ?? '';

  expect(JSON.parse(fill(json)).Statement).toEqual([
    { Effect: 'Allow', Action: 'ecr:GetAuthorizationToken', Resource: '*' },
    {
      Effect: 'Allow',
      Action: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
      Resource: `arn:aws:ecr:${HERE}:repository/${REPOSITORY}`,
    },
  ]);
});

describe('what the stack makes', () => {
  it('is counted, type by type', () => {
    const counted = Object.fromEntries(
      Array.from(section(7).matchAll(/^\| `([\w:]+)` \| (\d+) \|/gm), ([, type = '', many]) => [
        type,
        Number(many),
      ]),
    );
    const made: Record<string, number> = {};
    for (const { Type } of Object.values(resources)) made[Type] = (made[Type] ?? 0) + 1;

    expect(counted).toEqual(made);
    expect(section(7)).toContain(`It makes ${Object.keys(resources).length} resources`);
  });

  it('has as many alarms as the page pays for', () => {
    const alarms = made('AWS::CloudWatch::Alarm');

    expect(section(11)).toContain(`| alarms | ${alarms} | 0.10 each | ${(alarms / 10).toFixed(3)}`);
  });

  it('stays after a destruction, as the page says: tables and document', () => {
    expect(keptBy(resources)).toEqual(['AWS::DynamoDB::Table', 'AWS::SSM::Document']);
  });

  it('goes whole where cdk.json says so', () => {
    const [text = ''] = blocksOf('json');
    const bare = synthesize({
      policiesFolder: folder,
      settings: JSON.parse(text).context.longshore,
    });

    expect(keptBy(bare)).toEqual([]);
    expect(JSON.stringify(bare)).not.toContain('"DeletionProtectionEnabled":true');
  });

  function made(type: string): number {
    return Object.values(resources).filter(({ Type }) => Type === type).length;
  }
  function keptBy(stack: Resources): string[] {
    const kept = Object.values(stack).filter(({ DeletionPolicy = '' }) =>
      DeletionPolicy.startsWith('Retain'),
    );
    return [...new Set(kept.map(({ Type }) => Type))].sort();
  }
});

it('names states that the machine has', () => {
  const Named = z.object({ States: z.record(z.string(), z.unknown()) });
  const states = ['rollout', 'chunk'].flatMap((name) => {
    const text = readFileSync(`statemachines/${name}.asl.json`, 'utf8');
    return Object.keys(Named.parse(JSON.parse(text)).States);
  });
  const named = Array.from(section(9).matchAll(/"([A-Z][a-z ]+)"/g), ([, name]) => name);

  expect(named.length).toBeGreaterThan(15);
  expect(named.filter((name) => !states.includes(name ?? ''))).toEqual([]);
});

describe('on the embedded cloud', () => {
  it('installs, updates and goes back as the page prints it', async () => {
    const { cloud, store, newest } = await start();
    const ids: string[] = [];
    const roll = async (tag: string, isBad = false) => {
      const digest = cloud.ecr.push(REPOSITORY, { tag });
      if (isBad) cloud.fleet.images.set(digest, { unhealthyShare: 1 });
      await cloud.settle();
      const rollout = await newest();
      ids.push(rollout.rollout);
      return { digest, story: rollout.log.map(({ status, why }) => [status, why]) };
    };
    const running = () => cloud.fleet.list.map((host) => host.running('web'));

    const v1 = await roll('v1');
    const afterV1 = running();
    const v2 = await roll('v2');
    const afterV2 = running();
    const v3 = await roll('v3', true);
    cloud.ecr.push(REPOSITORY, { tag: 'v3-again', digest: v3.digest });
    await cloud.settle();

    expect([v1.story, v3.story]).toEqual(STORIES);
    expect(v2.story).toEqual(v1.story.map(([status, why]) => [status, why?.replace('v1', 'v2')]));
    expect(afterV1).toEqual([v1.digest, v1.digest]);
    expect(afterV2).toEqual([v2.digest, v2.digest]);
    expect(running()).toEqual(afterV2);
    expect(new Set(ids).size).toBe(3);
    const target = await readTarget(store, 'shop-web', REPOSITORY);
    expect(target).toMatchObject({ desired: { tag: 'v2' }, denied: [{ digest: v3.digest }] });
    expect(cloud.logs.map(({ line }) => String(line['reason'])).at(-1)).toMatch(
      /has the digest that shop-web #3 denied/,
    );
  });

  it('calls an execution and a command as the page does', async () => {
    const { cloud, newest } = await start();
    cloud.ecr.push(REPOSITORY, { tag: 'v1' });
    await cloud.settle();

    const { rollout, generation, repository } = await newest();
    const sha256 = createHash('sha256').update(repository).digest('hex');
    const like = (name: string) => name.replace(String(generation), '1767571200');

    expect(rollout).toBe(rolloutId('shop-web', sha256, generation));
    expect(section(9)).toContain(`\`${like(executionName(rollout, 1))}\``);
    expect(section(9)).toContain(`\`${like(cloud.ssm.commands[0]?.comment ?? '')}\``);
  });

  it('goes on from a hold when it is asked to as the page asks', async () => {
    const { cloud, newest } = await start((index) =>
      index === 0 ? { faults: { silent: 'before_work' } } : {},
    );
    cloud.ecr.push(REPOSITORY, { tag: 'v1' });
    await cloud.settle();
    const held = await newest();

    await askAsWritten(cloud, 'asked.json', (text) => text.replace('$(newest)', held.rollout));
    await cloud.settle();

    expect(held.status).toBe('held');
    expect(await newest()).toMatchObject({
      status: 'completed_with_failures',
      totals: { completed: 1, unknown: 1 },
    });
  });

  it('tries a denied image again when it is triggered as the page does', async () => {
    const { cloud, newest } = await start();
    cloud.ecr.push(REPOSITORY, { tag: 'v1' });
    await cloud.settle();
    const digest = cloud.ecr.push(REPOSITORY, { tag: 'v2' });
    cloud.fleet.images.set(digest, { unhealthyShare: 1 });
    await cloud.settle();
    const denied = await newest();
    cloud.fleet.images.set(digest, {});

    await cloud.invoke(`${STACK}-sweep`, {});
    await cloud.settle();
    const stillDenied = await newest();
    await askAsWritten(cloud, 'trigger.json', (text) => text.replace('$DENIED', digest));
    await cloud.settle();

    expect(denied.status).toBe('rolled_back');
    expect(stillDenied.rollout).toBe(denied.rollout);
    const again = await newest();
    expect(again).toMatchObject({ status: 'completed', number: 3, image: { digest } });
    expect(again.log[0]).toMatchObject({
      who: 'me',
      why: 'the denial of v2 was lifted: it was the database',
    });
  });

  it.each([
    ['no host matches policy shop-web', { tags: {} }],
    ['match, but none of them is online', { isOffline: true }],
  ])('says "%s" where that is so', async (why, spec) => {
    const { cloud, newest } = await start(() => spec);

    cloud.ecr.push(REPOSITORY, { tag: 'v1' });
    await cloud.settle();

    const rollout = await newest();
    expect(rollout.status).toBe('failed');
    expect(rollout.error_message).toContain(why);
    expect(section(13)).toContain(`\`${why}\``);
  });

  it('starts nothing with an image that was there before the policy', async () => {
    const { cloud, newest } = await start(() => ({}), ['v0']);

    expect(await newest().catch(() => 'nothing')).toBe('nothing');
    const reasons = cloud.logs.map(({ line }) => String(line['reason']));
    expect(reasons).toContain('shop/web:v0 is what there is; the next new image rolls out');
    expect(section(13)).toContain('`is what there is; the next new image rolls out`');
  });
});

interface Played {
  cloud: LocalCloud;
  store: Store;
  newest(): Promise<Rollout>;
}

/** The stack with the page's policy, an empty repository, and two hosts without a container. */
async function start(
  host: (index: number) => HostSpec = () => ({}),
  tags: readonly string[] = [],
): Promise<Played> {
  const cloud = await createCloud({
    seed: 1,
    startMs: Date.UTC(2026, 0, 5),
    stackName: STACK,
    template: { Resources: resources },
    prepare: (made) => {
      made.ecr.createRepository(REPOSITORY);
      for (const tag of tags) made.ecr.push(REPOSITORY, { tag });
      made.fleet.addMany(2, (index) => ({
        tags: { 'longshore:enabled': 'true', 'longshore:fleet': 'production' },
        ...host(index),
      }));
    },
  });
  await cloud.settle();
  const store = openStore(cloud.runtimeFor(`${STACK}-sweep`));
  return {
    cloud,
    store,
    newest: async () => {
      const Meta = z.object({ item: z.literal('meta'), rollout: z.string() });
      const ids = Object.values(cloud.dynamo.dump())
        .flat()
        .flatMap((item) => Meta.safeParse(item).data?.rollout ?? [])
        .toSorted();
      const rollout = await readRollout(store, ids.at(-1) ?? 'none');
      if (rollout === undefined) throw new Error('there is no rollout');
      return rollout;
    },
  };
}

/** Section 10's execution of the control machine, with the page's own input. */
async function askAsWritten(
  cloud: LocalCloud,
  file: string,
  fillIn: (text: string) => string,
): Promise<void> {
  const block = blocksOf('sh').find((text) => text.includes(`> ${file}`)) ?? '';
  const [, written = ''] = /<<JSON\n(.*)\nJSON/s.exec(block) ?? [];
  const stateMachineArn = cloud.machines.get(`${STACK}-control`);
  const sfn = new SFNClient(cloud.clientConfig());
  await sfn.send(new StartExecutionCommand({ stateMachineArn, input: fill(fillIn(written)) }));
}

/** As the shell does it, for the account of the tests. */
function fill(text: string): string {
  const [region = '', account = ''] = HERE.split(':');
  return text
    .replaceAll(/\$\{REGION\}/g, region)
    .replaceAll(/\$\{ACCOUNT\}/g, account)
    .replaceAll('$REPOSITORY', REPOSITORY)
    .replaceAll(/\$\{USER:-me\}/g, 'me');
}

function messageOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof Error) return error.message;
  }
  return '';
}
