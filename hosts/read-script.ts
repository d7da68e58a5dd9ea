/** The host script: the parts of hosts/script/, joined in the order of their names. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** `folder`: hosts/script. */
export function readHostScript(folder: string): string {
  const parts = readdirSync(folder).filter((name) => name.endsWith('.sh'));
  return parts
    .sort()
    .map((name) => readFileSync(path.join(folder, name), 'utf8'))
    .join('\n');
}
