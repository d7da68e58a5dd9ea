/** Programs that stand before the host's own in PATH, and programs of the host that are hidden. */
import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { findBinary } from '#local/docker/requirements.ts';
import type { Host } from './start-host.ts';

/** A folder for `pathPrefix`. Each body is what follows `#!/bin/sh`; `$REAL` is the program that it stands before. */
export function writePrograms(host: Host, programs: Readonly<Record<string, string>>): string {
  const parent = path.join(host.engine.folder, 'programs');
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(`${parent}/`);
  for (const [name, body] of Object.entries(programs)) {
    const file = path.join(folder, name);
    writeFileSync(file, `#!/bin/sh\nREAL=${findBinary(name) ?? '/bin/false'}\n${body}\n`);
    chmodSync(file, 0o755);
  }
  return folder;
}

/** While `work` runs, the room has no such program. */
export async function withoutProgram<T>(
  host: Host,
  name: string,
  work: () => Promise<T>,
): Promise<T> {
  const file = findBinary(name);
  if (file === undefined) return work();
  const { engine } = host;
  const real = (await engine.run(['readlink', '-f', file])).trim();
  await engine.run(['mount', '--bind', '/dev/null', real]);
  try {
    return await work();
  } finally {
    await engine.run(['umount', real]);
  }
}
