/** The project around a folder: where its policies are, and what cdk.json says of the stack. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { isMapping } from '#core/problem.ts';
import { parseSettings, type Settings } from '#core/settings.ts';
import { BadInputError } from './around.ts';

const DEFAULT_STACK = 'Longshore';

export interface Project {
  /** The folder of cdk.json. */
  root: string;
  /** The stack's own, with every default filled in. */
  settings: Settings;
  stack: string;
}

/** The nearest cdk.json, upwards. Throws InvalidSettingsError as `cdk synth` does. */
export function readProject(cwd: string): Project {
  const file = findUpwards(cwd, 'cdk.json');
  if (file === undefined) {
    throw new BadInputError(
      `there is no cdk.json in ${cwd} or above it; run this inside the project, whose settings it needs`,
    );
  }
  const context = readContext(file);
  return {
    root: path.dirname(file),
    settings: parseSettings(context['longshore']),
    stack: String(context['stack'] ?? DEFAULT_STACK),
  };
}

/** The stack's name alone: a rollout is paused also where the settings of the folder are wrong, or there are none. */
export function readStackName(cwd: string): string {
  const file = findUpwards(cwd, 'cdk.json');
  return String((file === undefined ? undefined : readContext(file)['stack']) ?? DEFAULT_STACK);
}

function findUpwards(folder: string, name: string): string | undefined {
  const file = path.join(folder, name);
  if (existsSync(file)) return file;
  const above = path.dirname(folder);
  return above === folder ? undefined : findUpwards(above, name);
}

function readContext(file: string): Record<string, unknown> {
  const json = parseJson(file);
  const context = isMapping(json) ? json['context'] : undefined;
  return isMapping(context) ? context : {};
}

function parseJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new BadInputError(`${file} is not JSON: ${error.message}`, { cause: error });
  }
}
