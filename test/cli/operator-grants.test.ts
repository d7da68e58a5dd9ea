import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import * as z from 'zod';
import { operate } from '#test/cloud/operator.ts';
import { startCloud } from '#test/cloud/start-cloud.ts';
import { run } from './rig.ts';

const Document = z.object({
  Statement: z.array(z.object({ Action: z.array(z.string()), Resource: z.array(z.string()) })),
});
const READS = [
  'get',
  'get shop-web',
  'get shop-web#1',
  'watch shop-web --until held',
  'history shop-web',
];
const ACTS = ['resume shop-web', 'trigger shop-web --tag v1'];
const SERVICES: Readonly<Record<string, string>> = {
  dynamodb: 'dynamodb',
  sfn: 'states',
  sts: 'sts',
};

/** Actions by the resource's name, as the commands really ask for them. */
async function asked(commands: readonly string[]): Promise<string[]> {
  const test = await startCloud();
  test.push('v2');
  await operate(test).reach('Wait for next batch');
  await operate(test).tell('pause');
  const found = new Set<string>();
  for (const command of commands) {
    const { cloud } = test;
    // Of the program alone: nothing of the cloud moves before it waits.
    cloud.wire.onCall = ({ service, operation, input }) => {
      const text = JSON.stringify(input);
      const [resource] = /Longshore-(rollouts|control|policies|rollout|hosts)\b/.exec(text) ?? [];
      found.add(`${SERVICES[service]}:${operation} ${resource}`);
    };
    const sleep = async () => {
      cloud.wire.onCall = undefined;
      await cloud.settle();
    };
    expect((await run(command, { cloud, sleep })).code).toBe(0);
  }
  return [...found].toSorted();
}

it('the commands call what docs/cli.md grants an operator, and nothing else', async () => {
  const guide = readFileSync(new URL('../../docs/cli.md', import.meta.url), 'utf8');
  const [, policy = ''] = /```json\n([^`]*)```/.exec(guide) ?? [];
  const granted = Document.parse(JSON.parse(policy)).Statement.map(({ Action, Resource }) =>
    Action.flatMap((action) => {
      const names = Resource.map((arn) => /Longshore-(?:\w+)/.exec(arn)?.[0]);
      return [...new Set(names)].map((name) => `${action} ${name}`);
    }),
  );
  const [reads = [], acts = []] = granted;

  const called = await asked(ACTS);

  expect(await asked(READS)).toEqual(reads.toSorted());
  expect(called.filter((call) => call.startsWith('states:'))).toEqual(acts.toSorted());
  // Whatever else acting calls is a read that is granted, or needs no grant and is named as such.
  const others = called.filter((call) => ![...reads, ...acts].includes(call));
  expect(others).toEqual(['sts:GetCallerIdentity undefined']);
  expect(guide).toMatch(/`sts:GetCallerIdentity`[^.]*needs no grant/);
});
