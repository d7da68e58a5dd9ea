/**
 * The stack that the story plays on: the template as `cdk synth` would write it with the settings of
 * cdk.json, and the one policy of policies/ that wants the story's repository. Loads the CDK.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { stringify } from 'yaml';
import * as z from 'zod';
import { InvalidPoliciesError } from '#core/policy-files.ts';
import { isMapping } from '#core/problem.ts';
import { InvalidSettingsError, parseSettings } from '#core/settings.ts';
import { synthesizeTemplate } from '#lib/longshore-app.ts';
import { readPolicies } from '#lib/read-policies.ts';
import {
  chooseStoryPolicy,
  homeOf,
  REAL_INTERVAL_SECONDS,
  type StoryStack,
  UnusableStackError,
} from './story-policy.ts';

const ROOT = path.join(import.meta.dirname, '../..');
const POLICIES = path.join(ROOT, 'policies');
/** Every real host has its registry on its own loopback. */
const REAL_REGISTRY = '127.0.0.1:5000';

const CdkFile = z.looseObject({
  context: z.looseObject({ longshore: z.unknown() }).optional(),
});

/** Throws UnusableStackError. */
export function readStack(policiesFolder = POLICIES): StoryStack {
  return withReason(() => readWith(readSettings(), policiesFolder));
}

/**
 * For hosts that are real: their registry, and REAL_INTERVAL_SECONDS between two looks of a health check, for
 * there seconds are seconds. All else is as the files say. Throws UnusableStackError.
 */
export function readRealStack(policiesFolder = POLICIES): StoryStack {
  const own = readSettings();
  const settings = isMapping(own) ? { ...own, registry_host: REAL_REGISTRY } : own;
  const folder = mkdtempSync(path.join(tmpdir(), 'longshore-'));
  try {
    return withReason(() => {
      const copies = path.join(folder, path.basename(policiesFolder));
      mkdirSync(copies);
      for (const { document, file } of readPolicies(policiesFolder, parseSettings(settings))) {
        writeFileSync(path.join(folder, file), stringify(withRealInterval(document)));
      }
      return readWith(settings, copies);
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function readSettings(): unknown {
  const cdk = CdkFile.parse(JSON.parse(readFileSync(path.join(ROOT, 'cdk.json'), 'utf8')));
  return cdk.context?.longshore ?? {};
}

function withRealInterval(document: Record<string, unknown>): Record<string, unknown> {
  const { health_check } = document;
  if (!isMapping(health_check)) return document;
  return {
    ...document,
    health_check: { ...health_check, interval_seconds: REAL_INTERVAL_SECONDS },
  };
}

function readWith(settings: unknown, policiesFolder: string): StoryStack {
  const stackName = 'Longshore';
  const files = readPolicies(policiesFolder, parseSettings(settings));
  const policies = files.map((file) => file.policy);
  const policy = chooseStoryPolicy(policies);
  const home = homeOf(policies);
  const template = synthesizeTemplate({ stackName, settings, policiesFolder });
  return { template, stackName, policy, ...(home !== undefined && { home }) };
}

function withReason(read: () => StoryStack): StoryStack {
  try {
    return read();
  } catch (error) {
    if (error instanceof InvalidSettingsError || error instanceof InvalidPoliciesError) {
      throw new UnusableStackError(error.message, { cause: error });
    }
    throw error;
  }
}
