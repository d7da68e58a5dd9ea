/** The file system of the EC2 hosts: a clean Debian with Docker, made once and kept with the other caches. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { findBinary } from '#local/docker/requirements.ts';
import { runProgram } from '#local/docker/run-program.ts';

const CACHE = path.join(import.meta.dirname, '../../node_modules/.cache/longshore');
const SUITE = 'bookworm';
/** What a host needs (docs/hosts.md), and what dockerd does. */
const PACKAGES = [
  'docker.io',
  'iptables',
  'iproute2',
  'ca-certificates',
  'curl',
  'util-linux',
  'procps',
];
const WITHOUT = ['/usr/share/doc/*', '/usr/share/man/*', '/usr/share/locale/*'];

export function missingForHostImage(): string | undefined {
  return findBinary('mmdebstrap') === undefined
    ? 'mmdebstrap is missing: apt-get install mmdebstrap'
    : undefined;
}

/** The path of a tar file. */
export async function makeHostImage(): Promise<string> {
  const options = WITHOUT.map((place) => `--dpkgopt=path-exclude=${place}`);
  const argv = ['--variant=minbase', `--include=${PACKAGES.join()}`, ...options, SUITE];
  const hash = createHash('sha256').update(argv.join('\n')).digest('hex').slice(0, 16);
  const whole = path.join(CACHE, `host-${hash}.tar`);
  if (existsSync(whole)) return whole;
  process.stdout.write('Making the file system of the EC2 hosts (about half a minute)\n');
  const part = `${whole}.${process.pid}.tar`;
  mkdirSync(CACHE, { recursive: true });
  try {
    await runProgram(['mmdebstrap', '--quiet', ...argv, part]);
    renameSync(part, whole); // Two suites may make it at once: whole or not at all.
  } finally {
    rmSync(part, { force: true });
  }
  return whole;
}
