/**
 * What there is of a run in the kernel and on the disk. A run that has a TMPDIR of its own can be told from
 * every other: its room is a folder in there, and its processes have it in their environment or their command
 * line, or are in a cgroup that is named after the room.
 */
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import { listDescendants, netOf } from '#test/hosts/descendants.ts';

const CGROUPS = '/sys/fs/cgroup';

export interface Traces {
  readonly processes: readonly string[];
  readonly mounts: readonly string[];
  readonly cgroups: readonly string[];
  readonly files: readonly string[];
  /** Namespaces of the run's that somebody still holds, and interfaces that were not there before it. */
  readonly networks: readonly string[];
}

/** What a run was seen to have while it ran. */
export interface Known {
  /** TMPDIR. */
  readonly folder: string;
  readonly rooms: ReadonlySet<string>;
  /** As `pid:start`: a number may be given again. */
  readonly processes: ReadonlySet<string>;
  readonly networks: ReadonlySet<string>;
  readonly interfacesBefore: readonly string[];
}

export function listInterfaces(): string[] {
  return readdirSync('/sys/class/net');
}

/** Takes in what is below the process now. */
export function learn(pid: number, folder: string, interfacesBefore: readonly string[]): Known {
  const own = netOf(process.pid);
  const pids = [pid, ...listDescendants(pid).map((descendant) => descendant.pid)];
  const nets = pids.map(netOf).filter((net) => net !== undefined && net !== own);
  return {
    folder,
    rooms: new Set(readdirSync(folder)),
    processes: new Set(pids.map(identify)),
    networks: new Set(nets as string[]),
    interfacesBefore,
  };
}

export function findTraces(known: Known): Traces {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const tables = mountTables(pids);
  const isNet = (line: string) => [...known.networks].some((net) => line.includes(net));
  return {
    processes: pids.filter((pid) => isOf(known, Number(pid))).map(describe),
    mounts: tables.filter((line) => line.includes(known.folder)),
    cgroups: findCgroups(known.rooms),
    files: readdirSync(known.folder),
    networks: [
      ...new Set(pids.map((pid) => netOf(Number(pid)) ?? '').filter(isNet)),
      ...tables.filter(isNet),
      ...listInterfaces().filter((name) => !known.interfacesBefore.includes(name)),
    ],
  };
}

/** What is dead and not yet buried has no command line, and holds nothing. */
function isOf({ folder, rooms, processes }: Known, pid: number): boolean {
  const command = read(`/proc/${pid}/cmdline`);
  if (command === '') return false;
  const texts = [command, read(`/proc/${pid}/environ`), read(`/proc/${pid}/cgroup`)];
  const names = [folder, ...rooms];
  return (
    processes.has(identify(pid)) || texts.some((text) => names.some((name) => text.includes(name)))
  );
}

/** The lines of mountinfo, in every namespace of mounts that a process is in. */
function mountTables(pids: readonly string[]): string[] {
  const byNamespace = new Map(pids.map((pid) => [mountsOf(pid), pid]));
  const lines = [...byNamespace.values()].flatMap((pid) =>
    read(`/proc/${pid}/mountinfo`).split('\n'),
  );
  return [...new Set(lines)];
}

function mountsOf(pid: string): string {
  try {
    return readlinkSync(`/proc/${pid}/ns/mnt`);
  } catch {
    return ''; // It has ended since it was listed.
  }
}

/** Version 1 has a tree of them for each controller. */
function findCgroups(rooms: ReadonlySet<string>): string[] {
  const parents = [CGROUPS, ...readdirSync(CGROUPS).map((name) => path.join(CGROUPS, name))];
  return parents.flatMap((parent) =>
    [...rooms].map((room) => path.join(parent, room)).filter((place) => existsSync(place)),
  );
}

function identify(pid: number): string {
  const stat = read(`/proc/${pid}/stat`);
  // Field 22, counted from behind the name, which may hold anything.
  return `${pid}:${stat.slice(stat.lastIndexOf(')')).split(' ')[20] ?? ''}`;
}

function describe(pid: string): string {
  return `${pid} ${read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim()}`;
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // It has ended since it was listed.
  }
}
