/**
 * A Python environment of its own for a suite, with exactly the packages that a requirements file pins by
 * version and hash. It stays under node_modules/.cache/longshore/, named after the file's content and
 * the interpreter, so that a second run installs nothing.
 *
 * It is made under another name and renamed when it is whole. The scripts in its bin/ therefore name a
 * path that is gone: run modules (`python -m …`).
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';

const CACHE = path.join(import.meta.dirname, '../node_modules/.cache/longshore');

/** Debian's python3 has `venv` without `ensurepip` until python3-venv is installed. */
const DESCRIBE = `
import ensurepip, sys, venv
assert sys.version_info >= (3, 10)
print(sys.version, sys.platform, sys.prefix)`;

/** What identifies the interpreter; undefined where there is none that can make an environment. */
function describePython(): string | undefined {
  const { status, stdout } = spawnSync('python3', ['-c', DESCRIBE], { encoding: 'utf8' });
  return status === 0 ? stdout : undefined;
}

/** What is missing here for `installPython`, as part of a sentence. */
export function missingPython(): string | undefined {
  return describePython() === undefined ? 'python3 (3.10 or newer, with venv)' : undefined;
}

/** The path of a python that has what `requirements` pins; it is installed when it is not there yet. */
export function installPython(requirements: string): string {
  const name = createHash('sha256')
    .update(readFileSync(requirements))
    .update(describePython() ?? '')
    .digest('hex')
    .slice(0, 16);
  const whole = path.join(CACHE, `python-${name}`);
  const python = path.join(whole, 'bin/python');
  if (existsSync(whole)) return python;
  process.stdout.write(`Installing ${path.relative('.', requirements)} into ${CACHE}\n`);
  const part = `${whole}.${process.pid}`;
  mkdirSync(CACHE, { recursive: true });
  try {
    run('python3', ['-m', 'venv', part]);
    const pinned = ['--no-deps', '--require-hashes', '--only-binary', ':all:'];
    const quiet = ['--quiet', '--no-input', '--disable-pip-version-check'];
    const options = [...pinned, ...quiet, '--requirement', requirements];
    run(path.join(part, 'bin/python'), ['-m', 'pip', 'install', ...options]);
    moveInto(part, whole);
  } finally {
    rmSync(part, { recursive: true, force: true });
  }
  return python;
}

/** Another process may have been faster; then its environment is taken. */
function moveInto(part: string, whole: string): void {
  try {
    renameSync(part, whole);
  } catch (error) {
    if (!existsSync(whole)) throw error;
  }
}

function run(program: string, options: readonly string[]): void {
  const { status } = spawnSync(program, options, { stdio: 'inherit' });
  if (status !== 0) throw new Error(`${program} ${options.join(' ')} ended with ${status}`);
}
