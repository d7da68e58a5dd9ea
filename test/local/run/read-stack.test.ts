import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { readRealStack, readStack } from '#local/scenario/read-stack.ts';
import { chooseStoryPolicy, hostsFor, UnusableStackError } from '#local/scenario/story-policy.ts';
import { POLICIES, stackWith } from './rig.ts';

let folder: string | undefined;
afterEach(() => {
  if (folder !== undefined) rmSync(folder, { recursive: true });
  folder = undefined;
});

function folderWith(files: Readonly<Record<string, string>>): string {
  folder = mkdtempSync(path.join(tmpdir(), 'policies-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text);
  return folder;
}

const EXAMPLE = path.join(POLICIES, 'shop-web.yaml');

describe('readStack', () => {
  it('reads the policies of a folder', () => {
    const { policy, stackName } = readStack(POLICIES);

    expect(policy.id).toBe('shop-web');
    expect(stackName).toBe('Longshore');
  });

  it('says file, line, field and mend of a policy that is wrong', () => {
    const text = readFileSync(EXAMPLE, 'utf8').replace(
      'max_failure_rate: 0.2',
      'max_failure_rate: 2',
    );

    const read = () => readStack(folderWith({ 'shop-web.yaml': text }));

    expect(read).toThrow(UnusableStackError);
    expect(read).toThrow(/shop-web\.yaml:\d+: max_failure_rate/);
  });
});

it.each([
  [
    'where its topics are',
    'notifications: [{topic_arn: "arn:aws:sns:us-east-1:999999999999:ops"}]',
  ],
  ['anywhere, where it names none', ''],
])('puts the stack %s', (_, line) => {
  const text = `${readFileSync(EXAMPLE, 'utf8')}\n${line}\n`;

  const { home } = readStack(folderWith({ 'shop-web.yaml': text }));

  expect(home).toEqual(line === '' ? undefined : { account: '999999999999', region: 'us-east-1' });
});

describe('readRealStack', () => {
  it('takes a registry on the loopback of every host, and a second between two looks', () => {
    const [real, own] = [readRealStack(POLICIES), readStack(POLICIES)];

    expect(JSON.stringify(real.template).includes('"REGISTRY_HOST":"127.0.0.1:5000"')).toBe(true);
    expect(real.policy.health_check.interval_seconds).toBe(1);
    expect({
      ...real.policy,
      health_check: { ...real.policy.health_check, interval_seconds: 30 },
    }).toEqual(own.policy);
  });

  it('deploys the policy that it follows', () => {
    const { template } = readRealStack(POLICIES);

    const { Resources } = template as { Resources: Record<string, { Type: string }> };
    const deployed = Object.values(Resources).find(({ Type }) => Type.startsWith('Custom::'));
    const { Properties } = deployed as unknown as { Properties: { policies: string } };
    expect(JSON.parse(Properties.policies)).toContainEqual(
      expect.objectContaining({
        id: 'shop-web',
        health_check: expect.objectContaining({ type: 'http', interval_seconds: 1 }),
      }),
    );
  });

  it('names a wrong policy by its own file', () => {
    const text = readFileSync(EXAMPLE, 'utf8').replace('container: web', 'container: "-"');

    const read = () => readRealStack(folderWith({ 'shop-web.yaml': text }));

    expect(read).toThrow(UnusableStackError);
    expect(read).toThrow(/shop-web\.yaml:\d+: container/);
  });
});

describe('hostsFor', () => {
  it.each([
    [{ type: 'http', endpoint: 'http://localhost:9090/up' }, 9090],
    [{ type: 'http', endpoint: 'https://localhost/up' }, 443],
    [{ type: 'tcp', port: 5432 }, 5432],
    [{ type: 'container_running' }, 8080],
  ])('has the workload where the health check asks: %j', (health_check, port) => {
    const { policy } = stackWith({ health_check });

    expect(hostsFor(policy).port).toBe(port);
  });

  it('has the tags by which the policy finds its hosts', () => {
    const { policy } = stackWith({ device_tags: ['zone:a'] });

    expect(hostsFor(policy)).toMatchObject({
      container: 'web',
      tags: { 'longshore:enabled': 'true', 'longshore:fleet': 'production', zone: 'a' },
    });
  });
});

describe('chooseStoryPolicy', () => {
  const { policy } = stackWith();

  it('takes the one that wants the repository', () => {
    const other = { ...policy, id: 'other', image_pattern: 'shop/api:*' };

    expect(chooseStoryPolicy([other, policy])).toBe(policy);
  });

  it('refuses none and several, and says what to do', () => {
    const twin = { ...policy, id: 'twin', image_pattern: 'shop/*:*' };

    expect(() => chooseStoryPolicy([])).toThrow('give one the image_pattern "shop/web:*"');
    expect(() => chooseStoryPolicy([policy, twin])).toThrow('shop-web, twin all want shop/web');
  });
});
