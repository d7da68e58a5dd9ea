/**
 * The policies of a folder at synth, so that a mistake fails `cdk synth` and never a rollout. All mistakes
 * of all files are named at once (core/policy-files.ts).
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import {
  InvalidPoliciesError,
  judgePolicyFiles,
  MAX_FILE_BYTES,
  type PolicyFile,
  type PolicySource,
} from '#core/policy-files.ts';
import type { Home } from '#core/policy-topics.ts';
import type { Settings } from '#core/settings.ts';

/** The policies of a folder, by file name; throws InvalidPoliciesError with the mistakes of all files. */
export function readPolicies(folder: string, settings: Settings, home?: Home): PolicyFile[] {
  const { policies, problems } = judgePolicyFiles(listSources(folder), settings, home);
  if (problems.length > 0) throw new InvalidPoliciesError(problems);
  return policies;
}

/** Folders are listed too: a policy that stands in one would otherwise be left out in silence. */
function listSources(folder: string): PolicySource[] {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) {
    return [{ file: basename(folder), unread: 'no_folder' }];
  }
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() || /\.ya?ml$/.test(entry.name))
    .map(({ name }) => name)
    .sort()
    .map((name) => readSource(join(folder, name), `${basename(folder)}/${name}`));
}

function readSource(path: string, file: string): PolicySource {
  try {
    const stats = statSync(path);
    if (stats.isDirectory()) return { file, unread: 'is_folder' };
    // Reading a pipe would never end.
    if (!stats.isFile()) return { file, unread: 'unreadable' };
    if (stats.size > MAX_FILE_BYTES) return { file, unread: 'too_big' };
    return { file, text: readFileSync(path, 'utf8') };
  } catch {
    // A link to nowhere, or no permission: named beside the mistakes of the other files.
    return { file, unread: 'unreadable' };
  }
}
