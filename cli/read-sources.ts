/** The files that a person named, or those of a folder, as `cdk synth` would take them. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { MAX_FILE_BYTES, type PolicySource } from '#core/policy-files.ts';
import { BadInputError } from './around.ts';

const IS_YAML = /\.ya?ml$/;

/** Each file once, whatever names lead to it. */
export function readSources(cwd: string, names: readonly string[]): PolicySource[] {
  const files = names.flatMap((name) => listFiles(path.resolve(cwd, name), name));
  return [...new Set(files)].map((file) => readSource(file, shownName(cwd, file)));
}

/** Folders inside a folder are listed too: a policy that stands in one would be left out in silence. */
function listFiles(full: string, name: string): string[] {
  const stats = statSync(full, { throwIfNoEntry: false });
  if (stats === undefined) {
    throw new BadInputError(
      `${name} is not there; name a file such as policies/shop-web.yaml, or a folder of them`,
    );
  }
  if (!stats.isDirectory()) {
    if (IS_YAML.test(full)) return [full];
    throw new BadInputError(
      `${name} ends neither in .yaml nor in .yml, and is so no policy for cdk synth; rename it`,
    );
  }
  return readdirSync(full, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() || IS_YAML.test(entry.name))
    .map((entry) => path.join(full, entry.name))
    .sort();
}

function readSource(full: string, file: string): PolicySource {
  try {
    const stats = statSync(full);
    if (stats.isDirectory()) return { file, unread: 'is_folder' };
    // Reading a pipe would never end.
    if (!stats.isFile()) return { file, unread: 'unreadable' };
    if (stats.size > MAX_FILE_BYTES) return { file, unread: 'too_big' };
    return { file, text: readFileSync(full, 'utf8') };
  } catch {
    // A link to nowhere, or no permission: named beside the mistakes of the other files.
    return { file, unread: 'unreadable' };
  }
}

/** From here where it is below, else in full; with slashes on every system. */
function shownName(cwd: string, full: string): string {
  const relative = path.relative(cwd, full);
  return (relative.startsWith('..') ? full : relative).replaceAll(path.sep, '/');
}
