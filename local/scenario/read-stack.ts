/**
 * The stack that the story plays on: the template as `cdk synth` would write it with the settings of
 * cdk.json, and the one policy of policies/ that wants the story's repository. Loads the CDK.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import { InvalidSettingsError, parseSettings } from '#core/settings.ts';
import { synthesizeTemplate } from '#lib/longshore-app.ts';
import { InvalidPoliciesError, readPolicies } from '#lib/read-policies.ts';
import { chooseStoryPolicy, type StoryStack, UnusableStackError } from './story-policy.ts';

const ROOT = path.join(import.meta.dirname, '../..');

const CdkFile = z.looseObject({
  context: z.looseObject({ longshore: z.unknown() }).optional(),
});

/** Throws UnusableStackError. */
export function readStack(policiesFolder = path.join(ROOT, 'policies')): StoryStack {
  const stackName = 'Longshore';
  const cdk = CdkFile.parse(JSON.parse(readFileSync(path.join(ROOT, 'cdk.json'), 'utf8')));
  const settings = cdk.context?.longshore;
  try {
    const files = readPolicies(policiesFolder, parseSettings(settings));
    const policy = chooseStoryPolicy(files.map((file) => file.policy));
    const template = synthesizeTemplate({ stackName, settings, policiesFolder });
    return { template, stackName, policy };
  } catch (error) {
    if (error instanceof InvalidSettingsError || error instanceof InvalidPoliciesError) {
      throw new UnusableStackError(error.message, { cause: error });
    }
    throw error;
  }
}
