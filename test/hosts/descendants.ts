/** The processes below one, as /proc has them. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

export interface Descendant {
  readonly pid: number;
  readonly command: string;
}

export function listDescendants(pid: number): Descendant[] {
  return childrenOf(pid).flatMap((child) => [
    { pid: child, command: read(`/proc/${child}/cmdline`).replaceAll('\0', ' ').trim() },
    ...listDescendants(child),
  ]);
}

/** The folders of the rooms that these processes work in. */
export function listRooms(processes: readonly Descendant[]): string[] {
  const rooms = processes.flatMap(({ command }) =>
    [...command.matchAll(/boot\.sh (\/\S+)/g)].map(([, folder]) => folder ?? ''),
  );
  return [...new Set(rooms)];
}

/** The name of its network namespace; undefined where the process is gone. */
export function netOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`);
  } catch {
    return undefined; // It has ended since it was listed.
  }
}

function childrenOf(pid: number): number[] {
  let threads: string[];
  try {
    threads = readdirSync(`/proc/${pid}/task`);
  } catch {
    return []; // It has ended since it was listed.
  }
  return threads
    .flatMap((thread) => read(`/proc/${pid}/task/${thread}/children`).split(' '))
    .filter((child) => child !== '')
    .map(Number);
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // It has ended since it was listed.
  }
}
