import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { App, Aws } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseSettings } from '#core/settings.ts';
import { STORED_FORM } from '#core/stored-policy.ts';
import { addLongshore, synthesizeTemplate } from '#lib/longshore-app.ts';
import { LongshoreStack } from '#lib/longshore-stack.ts';
import { named, ofType, type Resources, synthesize } from './template.ts';
import type { Shaped } from './template-shapes.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'app-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const newApp = (context: Record<string, unknown>) =>
  new App({
    outdir: folder,
    context,
    analyticsReporting: false,
    builtinCloudFormationValidation: false,
  });
const bundle = () => Code.fromInline('//');

describe('synth', () => {
  it('needs no account, no region and nothing looked up', () => {
    const before = { ...process.env };
    for (const name of Object.keys(process.env)) {
      if (/^(AWS|CDK)_/.test(name)) delete process.env[name];
    }

    const app = newApp({});
    addLongshore(app, { bundle });
    const assembly = app.synth();
    Object.assign(process.env, before);

    expect(assembly.manifest.missing).toBeUndefined();
    expect(assembly.getStackByName('Longshore').environment).toMatchObject({
      account: 'unknown-account',
      region: 'unknown-region',
    });
  });

  it('is the same, byte for byte, each time', () => {
    expect(JSON.stringify(synthesizeTemplate())).toBe(JSON.stringify(synthesizeTemplate()));
  });
});

describe('a topic of another account', () => {
  const env = { account: '111122223333', region: 'eu-west-1' };
  const add = (given?: typeof env) => {
    const policiesFolder = path.join(folder, 'policies');
    mkdirSync(policiesFolder);
    const text = [
      'id: web',
      'image_pattern: shop/web:*',
      'fleet_id: a',
      'notifications: [{ topic_arn: "arn:aws:sns:eu-west-1:999999999999:ops" }]',
    ];
    writeFileSync(path.join(policiesFolder, 'web.yaml'), text.join('\n'));
    return () => addLongshore(newApp({}), { bundle, policiesFolder, ...(given && { env: given }) });
  };

  it('fails the synthesis for one account, with its line', () => {
    expect(add(env)).toThrow(/policies\/web\.yaml:4: notifications\.0\.topic_arn: .*999999999999/);
  });

  it('waits for the deployment where the template fits any account', () => {
    expect(add()).not.toThrow();
  });

  it('waits for the deployment where the account is CloudFormation’s to say', () => {
    expect(add({ account: Aws.ACCOUNT_ID, region: Aws.REGION })).not.toThrow();
  });
});

describe('the context longshore', () => {
  it.each([
    ['an unknown name', { sweep_minuts: 5 }, /sweep_minuts.*did you mean sweep_minutes/],
    ['a number out of its range', { MAX_FAILURE_RATE: 20 }, /MAX_FAILURE_RATE: 20/],
    ['no mapping at all', 'fast', /not a mapping/],
  ])('is refused with %s', (_, longshore, message) => {
    expect(() => addLongshore(newApp({ longshore }), { bundle })).toThrow(message);
  });
});

describe('policies', () => {
  const policy = (id: string, more = '') =>
    `id: ${id}\nimage_pattern: shop/web:*\nfleet_id: ${id}\n${more}`;

  it('come from the folder, as they were written, in one custom resource', () => {
    writeFileSync(path.join(folder, 'shop-web.yaml'), policy('shop-web'));
    writeFileSync(path.join(folder, 'shop-admin.yaml'), policy('shop-admin'));

    const stack = synthesize({ policiesFolder: folder });

    const [[, resource] = []] = ofType(stack, 'Custom::LongshorePolicies');
    expect(JSON.parse(resource?.Properties.policies ?? '')).toEqual([
      { id: 'shop-admin', image_pattern: 'shop/web:*', fleet_id: 'shop-admin' },
      { id: 'shop-web', image_pattern: 'shop/web:*', fleet_id: 'shop-web' },
    ]);
    expect(resource?.Properties.hash).toMatch(/^[0-9a-f]{64}$/);
  });

  it('fail synth where two could claim the same container of a host, with both names', () => {
    writeFileSync(path.join(folder, 'shop-web.yaml'), policy('shop-web'));
    const rival = policy('shop-admin').replace('fleet_id: shop-admin', 'fleet_id: shop-web');
    writeFileSync(path.join(folder, 'shop-admin.yaml'), rival);

    expect(() => synthesize({ policiesFolder: folder })).toThrow(
      /shop-web\.yaml:1: claims the container web on hosts that shop-admin may claim too/,
    );
  });

  it('fail synth by a mistake, with file, line and why', () => {
    writeFileSync(
      path.join(folder, 'shop-web.yaml'),
      policy('shop-web', 'max_failure_rate: 1.5\n'),
    );

    expect(() => synthesize({ policiesFolder: folder })).toThrow(
      /shop-web\.yaml:4: max_failure_rate: 1\.5/,
    );
  });

  it('that are right but hardly meant are warned of, and synth goes on', () => {
    const hosts = 'hosts: [i-0123456789abcdef0, i-0123456789abcdef1]\n';
    writeFileSync(path.join(folder, 'shop-web.yaml'), policy('shop-web', hosts));
    const app = newApp({});

    const stack = addLongshore(app, { policiesFolder: folder, bundle });

    const found = Annotations.fromStack(stack).findWarning('*', Match.anyValue());
    const said = found.map(({ entry }) => String(entry.data)).filter((text) => /yaml/.test(text));
    expect(said).toEqual([
      expect.stringMatching(
        /^[^/]+\/shop-web\.yaml:1: 3 in a row can never fire with at most 2 hosts; lower max_/,
      ),
    ]);
  });

  it('are applied by way of a provider that calls apply-policies', () => {
    const stack = synthesize();

    const [[, resource] = []] = ofType(stack, 'Custom::LongshorePolicies');
    const provider = named(stack, 'AWS::Lambda::Function', 'Longshore-policies-provider');
    const apply = named(stack, 'AWS::Lambda::Function', 'Longshore-apply-policies');

    expect(resource?.Properties.ServiceToken).toEqual({ 'Fn::GetAtt': [provider.id, 'Arn'] });
    expect(provider.Properties.Environment.Variables).toEqual({
      USER_ON_EVENT_FUNCTION_ARN: { 'Fn::GetAtt': [apply.id, 'Arn'] },
    });
  });

  it('are applied anew by a release that stores something else of the same documents', () => {
    const [[, resource] = []] = ofType(synthesize(), 'Custom::LongshorePolicies');

    expect(resource?.Properties).toMatchObject({ stored_form: STORED_FORM });
  });

  it('fail synth when they do not fit into one event', () => {
    const policies = [{ id: 'much', text: 'x'.repeat(180_000) }];
    const settings = parseSettings({});

    expect(() => new LongshoreStack(newApp({}), 'Much', { settings, policies, bundle })).toThrow(
      /policies\/: 1800\d\d bytes do not fit/,
    );
  });
});

describe('the document of the hosts', () => {
  const documentOf = (stack: Resources) => {
    const [found, ...others] = ofType(stack, 'AWS::SSM::Document');
    if (found === undefined || others.length > 0) throw new Error('there is not one document');
    return { id: found[0], document: found[1] };
  };

  it('carries the hash of its content in its name and its logical id', () => {
    const { id, document } = documentOf(synthesize());
    const sweep = named(synthesize(), 'AWS::Lambda::Function', 'Longshore-sweep');

    const { DOCUMENT_NAME, DOCUMENT_VERSION, DOCUMENT_HASH } =
      sweep.Properties.Environment.Variables;
    const short = String(DOCUMENT_HASH).slice(0, 8);

    expect(document.Properties.Name).toBe(DOCUMENT_NAME);
    expect(DOCUMENT_NAME).toBe(`Longshore-host-${short}`);
    expect(id).toBe(`HostDocument${short}`);
    expect(DOCUMENT_VERSION).toBe('1');
  });

  it('is kept when the next release has another, for the rollouts that began with it', () => {
    const { document } = documentOf(synthesize());

    expect(document.DeletionPolicy).toBe('RetainExceptOnCreate');
    expect(document.UpdateReplacePolicy).toBe('Retain');
    // CloudFormation makes version 1 and never a second one.
    expect(document.Properties['UpdateMethod']).toBeUndefined();
  });

  it('goes with a stack that keeps nothing', () => {
    const { document } = documentOf(synthesize({ settings: { retain_tables: false } }));

    expect(document.DeletionPolicy).toBeUndefined();
  });
});

describe('the longest name that a stack may have', () => {
  it('leaves each name within its limit', () => {
    const stack = synthesize({ stackName: `L${'x'.repeat(39)}` });

    const lengthsOf = (type: Shaped, property: string) =>
      ofType(stack, type).map(
        ([, { Properties }]) =>
          String(Object.entries(Properties).find(([name]) => name === property)?.[1]).length,
      );

    expect(Math.max(...lengthsOf('AWS::Lambda::Function', 'FunctionName'))).toBeLessThanOrEqual(64);
    expect(Math.max(...lengthsOf('AWS::Events::Rule', 'Name'))).toBeLessThanOrEqual(64);
    expect(Math.max(...lengthsOf('AWS::SQS::Queue', 'QueueName'))).toBeLessThanOrEqual(80);
    expect(
      Math.max(...lengthsOf('AWS::StepFunctions::StateMachine', 'StateMachineName')),
    ).toBeLessThanOrEqual(80);
  });
});
