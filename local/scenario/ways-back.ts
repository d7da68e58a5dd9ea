/**
 * When a real host took the container from before again: after each command its Engine is asked what runs. A
 * container that ran before and was started again since is one that the host went back to.
 */
import type { DockerHost, RunningContainer } from '../docker/docker-host.ts';

export class WaysBack {
  #atMs = new Map<string, number>();

  /** A new push begins: what it is filled with from now on. */
  restart(): ReadonlyMap<string, number> {
    this.#atMs = new Map();
    return this.#atMs;
  }

  async follow(host: DockerHost, container: string): Promise<void> {
    const seen = new Set<string>();
    let last: RunningContainer | undefined;
    const look = async () => {
      const found = await host.look(container);
      const isSame = found?.id === last?.id && found?.startedAt === last?.startedAt;
      if (found !== undefined && !isSame) {
        if (seen.has(found.id)) this.#atMs.set(host.id, host.lastPingAtMs);
        else this.#atMs.delete(host.id);
        seen.add(found.id);
      }
      last = found;
    };
    await look();
    host.onEnded = look;
  }
}
