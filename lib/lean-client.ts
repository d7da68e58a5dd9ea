/**
 * The EC2 client with what is not used left out: 20 KB of schemas for the one call that asks for zones, not 550.
 *
 * esbuild leaves out a constant that nothing refers to, unless to make it might do something. It cannot
 * know that of `{ [_eN]: _aI }`, whose key is computed, though `_eN` is a constant string; almost
 * every schema of EC2 has one. Here such keys are written as the strings that they are.
 */
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { buildSync } from 'esbuild';

export const LEAN_CLIENT = '@aws-sdk/client-ec2';
/** What the product imports of it; who imports more is told by esbuild that there is no such export. */
const USED = ['EC2Client', 'DescribeInstancesCommand'];

const FOLDER = path.dirname(
  createRequire(import.meta.url).resolve(path.posix.join(LEAN_CLIENT, 'package.json')),
);

/** Where the client finds the packages that it imports, also from another folder: its own ones first. */
export const PACKAGE_FOLDERS = [
  path.join(FOLDER, 'node_modules'),
  path.resolve(FOLDER, '..', '..'),
];

let written: string | undefined;

/** Writes the client as one module into the folder, and says where. */
export function writeLeanClient(folder: string): string {
  written ??= nameKeys(joinModules());
  const file = path.join(folder, 'client.mjs');
  writeFileSync(file, written);
  return file;
}

/**
 * Not minified: that joins the declarations to one, of which no part can be left out. Only what is used:
 * of one module, each command's class stays, for it calls a function to know what it extends.
 */
function joinModules(): string {
  const { outputFiles } = buildSync({
    stdin: {
      contents: `export { ${USED.join(', ')} } from './dist-es/index.js';`,
      resolveDir: FOLDER,
    },
    write: false,
    bundle: true,
    packages: 'external',
    platform: 'node',
    target: 'node24',
    format: 'esm',
    logLevel: 'warning',
  });
  return outputFiles.map(({ text }) => text).join('');
}

/** `{ [_eN]: … }` → `{ "ec2QueryName": … }`, for each name that is declared once, as a string. */
export function nameKeys(code: string): string {
  const strings = new Map<string, string>();
  for (const [, name = '', string] of code.matchAll(/^(?:var|const) (\w+) = (.*);$/gm)) {
    const isString = string !== undefined && /^"[^"\\]*"$/.test(string) && !strings.has(name);
    strings.set(name, isString ? string : '');
  }
  return code.replaceAll(/([{,]\s*)\[(\w+)\]:/g, (whole, before: string, name: string) => {
    const key = strings.get(name) ?? '';
    return key === '' ? whole : `${before}${key}:`;
  });
}
