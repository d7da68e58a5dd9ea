/**
 * The work that all contenders have done: 20 hosts in three batches, each host a small web server of its own
 * that is stopped, kept busy for a second, started as another version and asked until it answers.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** 10 %, 50 % and 100 % of 20. */
export const BATCHES = [2, 8, 10];
export const HOSTS = 20;
const WORK_SECONDS = 1;
const FIRST_PORT = 47_100;
export const UPDATE_HOST = path.join(import.meta.dirname, 'update-host.sh');

export interface HostWork {
  /** The longest of each batch, added up: nobody who goes by batches is faster. */
  leastMs: number;
  /** All hosts' own processor time: none of it is the orchestration's. */
  cpuMs: number;
}

export class Work {
  readonly folder = mkdtempSync(path.join(tmpdir(), 'longshore-peers-'));

  constructor() {
    for (let host = 0; host < HOSTS; host += 1) {
      mkdirSync(this.hostFolder(host));
      writeFileSync(this.#file(host, 'host'), `${FIRST_PORT + host} ${WORK_SECONDS}\n`);
    }
  }

  hostFolder(host: number): string {
    return path.join(this.folder, String(host));
  }

  /** What the hosts say of the run that has just ended. Throws where one does not run the version. */
  readHosts(version: string): HostWork {
    const rows = Array.from({ length: HOSTS }, (_, host) => {
      const runs = readFileSync(this.#file(host, 'www/version'), 'utf8').trim();
      if (runs !== version) throw new Error(`host ${host} runs ${runs}, not ${version}`);
      const [began = 0, ended = 0] = readFileSync(this.#file(host, 'took'), 'utf8')
        .trim()
        .split(' ')
        .map((instant) => Number(BigInt(instant) / 1_000n) / 1_000);
      return { tookMs: ended - began, cpuMs: cpuOf(readFileSync(this.#file(host, 'cpu'), 'utf8')) };
    });
    let first = 0;
    let leastMs = 0;
    for (const size of BATCHES) {
      leastMs += Math.max(...rows.slice(first, first + size).map(({ tookMs }) => tookMs));
      first += size;
    }
    return { leastMs, cpuMs: rows.reduce((sum, { cpuMs }) => sum + cpuMs, 0) };
  }

  /** Ends the servers. */
  close(): void {
    for (let host = 0; host < HOSTS; host += 1) {
      try {
        process.kill(Number(readFileSync(this.#file(host, 'pid'), 'utf8')));
      } catch {
        // It never ran.
      }
    }
    rmSync(this.folder, { recursive: true });
  }

  #file(host: number, name: string): string {
    return path.join(this.hostFolder(host), name);
  }
}

/** Bash's `times`: user and system, of the shell and of its children, as `0m0.012s`. */
export function cpuOf(text: string): number {
  return [...text.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (sum, [, minutes, seconds]) => sum + Number(minutes) * 60_000 + Number(seconds) * 1_000,
    0,
  );
}
