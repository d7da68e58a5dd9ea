/** What an Engine in namespaces of its own needs from this machine, and the Debian package of each part. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import path from 'node:path';

const PACKAGES = {
  dockerd: 'docker.io',
  docker: 'docker.io',
  containerd: 'containerd',
  runc: 'runc',
  'docker-registry': 'docker-registry',
  go: 'golang-go',
  curl: 'curl',
  nsenter: 'util-linux',
  unshare: 'util-linux',
  setpriv: 'util-linux',
  flock: 'util-linux',
  ip: 'iproute2',
  iptables: 'iptables',
} as const;

/** Where systemd's services look; the agent is one. */
export const SERVICE_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Why real Engines cannot run here, a sentence each; empty where they can. */
export function listObstacles(): string[] {
  if (process.platform !== 'linux') return ['containers of Linux need Linux'];
  const missing = Object.entries(PACKAGES).filter(([name]) => findBinary(name) === undefined);
  const reasons = missing.map(([name, from]) => `${name} is missing: apt-get install ${from}`);
  if (process.getuid?.() !== 0) return [...reasons, 'namespaces and mounts need root'];
  if (reasons.length > 0) return reasons;
  const { status } = spawnSync('unshare', [
    '-m',
    '-n',
    '-p',
    '--fork',
    'mount',
    '--make-rprivate',
    '/',
  ]);
  return status === 0 ? [] : ['this root may make no namespaces (a container without privileges?)'];
}

/** The path of a program that a service would find, or one of this process's own path (Go's home). */
export function findBinary(name: string): string | undefined {
  const folders = [SERVICE_PATH, process.env['PATH'] ?? '', '/usr/local/go/bin']
    .join(':')
    .split(':');
  return folders.map((folder) => path.join(folder, name)).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false; // Looked for on purpose: absent is an answer.
  }
}
