import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { App } from 'aws-cdk-lib';
import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { AwsSolutionsChecks } from 'cdk-nag';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addLongshore } from '#lib/longshore-app.ts';
import type { LongshoreStack } from '#lib/longshore-stack.ts';
import { addNagChecks, flattenReference } from '#lib/nag.ts';

let outdir = '';
beforeEach(() => {
  outdir = mkdtempSync(path.join(tmpdir(), 'nag-'));
});
afterEach(() => rmSync(outdir, { recursive: true }));

function makeApp(settings: object = {}): { app: App; stack: LongshoreStack } {
  const app = new App({
    outdir,
    context: { longshore: settings },
    analyticsReporting: false,
    builtinCloudFormationValidation: false,
  });
  return { app, stack: addLongshore(app, { bundle: () => Code.fromInline('//') }) };
}

const findingsOf = (app: App) =>
  new AwsSolutionsChecks(app)
    .validateScope(app)
    .violations.map(({ ruleName, violatingResources }) => [
      ruleName,
      violatingResources.map(({ constructPath }) => constructPath),
    ]);

describe('cdk-nag', () => {
  it.each([
    ['as it comes', {}],
    ['with everything on', { tracing: true, machine_logging: 'ALL' }],
    [
      'with everything off',
      {
        machine_logging: 'OFF',
        point_in_time_recovery: false,
        deletion_protection: false,
        retain_tables: false,
      },
    ],
  ])('finds nothing, %s', (_, settings) => {
    const { app } = makeApp(settings);

    expect(findingsOf(app)).toEqual([]);
  });

  it('finds a * that has come in beside the table of grants', () => {
    const { app, stack } = makeApp();
    const role = stack.node.findChild('UpdateHostsRole') as Role;

    role.addToPolicy(new PolicyStatement({ actions: ['ssm:*'], resources: ['arn:aws:ssm:::x'] }));

    expect(findingsOf(app)).toEqual([
      ['AwsSolutions-IAM5[Action::ssm:*]', [expect.stringContaining('UpdateHostsRole')]],
    ]);
  });

  it('fails the synth for a finding', () => {
    const { app, stack } = makeApp();
    const role = stack.node.findChild('UpdateHostsRole') as Role;
    role.addToPolicy(new PolicyStatement({ actions: ['ssm:*'], resources: ['arn:aws:ssm:::x'] }));
    addNagChecks(app);

    expect(() => app.synth()).toThrow(/[Vv]alidation/);
  });
});

describe('flattenReference', () => {
  it.each([
    ['arn:aws:s3:::x', 'arn:aws:s3:::x'],
    [{ Ref: 'AWS::Region' }, '<AWS::Region>'],
    [{ 'Fn::GetAtt': ['Images', 'Arn'] }, '<Images.Arn>'],
    [{ 'Fn::Join': [':', ['a', { Ref: 'B' }, '*']] }, 'a:<B>:*'],
    [{ 'Fn::Select': [0, []] }, '{"Fn::Select":[0,[]]}'],
  ])('%j is written %s', (value, flat) => {
    expect(flattenReference(value)).toBe(flat);
  });
});
