/** Who has the work done: each says what one rollout took, from its start to its end. */
import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { BATCHES, HOSTS, UPDATE_HOST, type Work } from './work.ts';

interface Taken {
  wallMs: number;
  /** Of all its processes, the hosts' work among them. */
  cpuMs: number;
}

export interface Contender {
  name: string;
  roll: (version: string) => Taken | Promise<Taken>;
}

const STAGED_LOOP = path.join(import.meta.dirname, 'staged-loop.sh');

export function stagedLoop(work: Work): Contender {
  return {
    name: 'a staged loop in bash',
    roll: (version) => time(STAGED_LOOP, [work.folder, version, ...BATCHES.map(String)]),
  };
}

/** Over the connection `local`: no ssh, no network, so what is left is Ansible's own. */
export function ansible(work: Work, module: 'command' | 'raw', forks: number): Contender {
  const inventory = path.join(work.folder, 'inventory.ini');
  const rows = Array.from({ length: HOSTS }, (_, host) => {
    const folder = work.hostFolder(host);
    return `host-${host} folder=${folder} ansible_connection=local ansible_python_interpreter=/usr/bin/python3`;
  });
  writeFileSync(inventory, `${rows.join('\n')}\n`);
  const playbook = path.join(work.folder, `${module}.yml`);
  const play = {
    hosts: 'all',
    gather_facts: false,
    serial: BATCHES,
    max_fail_percentage: 0,
    tasks: [{ name: 'update', [module]: `${UPDATE_HOST} {{ folder }} {{ version }}` }],
  };
  // YAML reads JSON.
  writeFileSync(playbook, JSON.stringify([play]));
  return {
    name: `Ansible, ${module}, ${forks} forks`,
    roll: (version) =>
      time('ansible-playbook', [
        ...['-i', inventory, '--forks', String(forks), '-e', `version=${version}`],
        playbook,
      ]),
  };
}

/** `ansible-playbook [core 2.14.18]`; undefined where there is none. */
export function ansibleVersion(): string | undefined {
  try {
    return execFileSync('ansible-playbook', ['--version'], { encoding: 'utf8' }).split('\n')[0];
  } catch {
    return undefined;
  }
}

/** By bash, which knows the CPU of all that a program waited for, to the millisecond. */
function time(program: string, args: readonly string[]): Taken {
  const script = 'TIMEFORMAT="%3R %3U %3S"; time "$@" >/dev/null';
  const env = { ...process.env, ANSIBLE_RETRY_FILES_ENABLED: 'False' };
  const { status, stderr } = spawnSync('bash', ['-c', script, 'bash', program, ...args], {
    encoding: 'utf8',
    env,
  });
  const last = stderr.trim().split('\n').at(-1) ?? '';
  const [real = 0, user = 0, system = 0] = last.split(' ').map((text) => Number(text) * 1_000);
  if (status !== 0 || !(real > 0)) throw new Error(`${program} failed: ${stderr}`);
  return { wallMs: real, cpuMs: user + system };
}
