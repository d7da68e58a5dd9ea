/**
 * The CDK app as `cdk` and `local/` see it. Settings come from the context `longshore` of cdk.json, the
 * stack's name from the context `stack`; both are checked here, so that a mistake fails synth.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Annotations, App, type Environment, Token } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { fileWarnings } from '#core/policy-files.ts';
import type { Home } from '#core/policy-topics.ts';
import { paceOf, parseSettings } from '#core/settings.ts';
import { LongshoreStack, PRODUCT_ROOT } from './longshore-stack.ts';
import { readPolicies } from './read-policies.ts';

export interface LongshoreAppOptions {
  /** Account and region; without them the template fits any. */
  env?: Environment;
  /** The folder with lambdas/, statemachines/ and hosts/ in it. */
  root?: string;
  policiesFolder?: string;
  bundle?: (entry: string) => Code;
}

/** Throws InvalidSettingsError or InvalidPoliciesError, whose messages say what to mend. */
export function addLongshore(app: App, options: LongshoreAppOptions = {}): LongshoreStack {
  const settings = parseSettings(app.node.tryGetContext('longshore'));
  const { root = PRODUCT_ROOT, policiesFolder = path.join(root, 'policies'), ...rest } = options;
  const stackName = String(app.node.tryGetContext('stack') ?? 'Longshore');
  const policies = readPolicies(policiesFolder, settings, homeOf(rest.env));
  const stack = new LongshoreStack(app, stackName, {
    description: 'Longshore: staged container rollouts for EC2 and hybrid hosts.',
    settings,
    policies: policies.map(({ document }) => document),
    root,
    ...rest,
  });
  for (const { file, line, code, message } of fileWarnings(policies, paceOf(settings))) {
    Annotations.of(stack).addWarningV2(`longshore:${file}:${code}`, `${file}:${line}: ${message}`);
  }
  return stack;
}

/** Undefined for a template that fits any account: then the deployment asks. */
function homeOf({ account, region }: Environment = {}): Home | undefined {
  if (account === undefined || region === undefined) return undefined;
  const isUnknown = Token.isUnresolved(account) || Token.isUnresolved(region);
  return isUnknown ? undefined : { account, region };
}

export interface TemplateOptions extends Omit<LongshoreAppOptions, 'bundle'> {
  stackName?: string;
  /** Context `longshore`, not yet checked. */
  settings?: unknown;
}

/** The template as `cdk synth` would write it, but for the lambdas' code, which is not bundled. */
export function synthesizeTemplate(options: TemplateOptions = {}): Record<string, unknown> {
  const { stackName = 'Longshore', settings = {}, ...rest } = options;
  const outdir = mkdtempSync(path.join(tmpdir(), 'longshore-'));
  try {
    const app = new App({
      outdir,
      context: { longshore: settings, stack: stackName },
      analyticsReporting: false,
      // Two seconds; CloudFormation's own rules, and cdk-nag's, are for `cdk synth`.
      builtinCloudFormationValidation: false,
    });
    addLongshore(app, { ...rest, bundle: () => Code.fromInline('// runs from its source') });
    return app.synth().getStackByName(stackName).template;
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}
