/**
 * How images behave when they run, by digest. A share of hosts on which a digest is bad is always the
 * same hosts: it depends on the host's id and the digest alone.
 */
import { shareOf } from '../seeded-random.ts';

export interface ImageBehaviour {
  /** 1: unhealthy on every host; 0.05: on one in twenty. Default 0. */
  unhealthyShare?: number;
  /** Unhealthy for so long after its start. Default 0. */
  warmUpMs?: number;
  /** Runs for so long after its start, and not any more then. */
  diesAfterMs?: number;
  /** What its own HEALTHCHECK says; `none`: it has none. Default: as healthy as it is. */
  healthcheck?: 'none' | 'unhealthy' | 'starting';
  /** The share of hosts that cannot pull it. Default 0. */
  unpullableShare?: number;
  /** Default: every platform. */
  platforms?: readonly string[];
  /** Another digest of the very same image. */
  sameAs?: string;
}

export class ImageCatalogue {
  /** Whether the registry has the image now: `host/repository@sha256:…`. */
  isInRegistry: (ref: string) => boolean = () => true;
  readonly #byDigest = new Map<string, ImageBehaviour>();

  set(digest: string, behaviour: ImageBehaviour): void {
    this.#byDigest.set(digest, behaviour);
  }

  imageOf(digest: string): string {
    return this.#byDigest.get(digest)?.sameAs ?? digest;
  }

  runsOn(digest: string, platform: string): boolean {
    return this.#byDigest.get(digest)?.platforms?.includes(platform) ?? true;
  }

  isPullable(digest: string, hostId: string): boolean {
    const share = this.#byDigest.get(digest)?.unpullableShare ?? 0;
    return share === 0 || shareOf(`${hostId} pulls ${digest}`) >= share;
  }

  /** `ageMs`: since the container started. */
  isAlive(digest: string, ageMs: number): boolean {
    return ageMs < (this.#byDigest.get(digest)?.diesAfterMs ?? Number.POSITIVE_INFINITY);
  }

  isHealthy(digest: string, hostId: string, ageMs: number): boolean {
    const { unhealthyShare = 0, warmUpMs = 0 } = this.#byDigest.get(digest) ?? {};
    if (ageMs < warmUpMs) return false;
    return unhealthyShare === 0 || shareOf(`${hostId} runs ${digest}`) >= unhealthyShare;
  }

  /** What Docker's own health status is. */
  healthcheck(
    digest: string,
    hostId: string,
    ageMs: number,
  ): 'healthy' | 'unhealthy' | 'starting' | 'none' {
    const { healthcheck, warmUpMs = 0 } = this.#byDigest.get(digest) ?? {};
    if (healthcheck !== undefined) return healthcheck;
    if (ageMs < warmUpMs) return 'starting';
    return this.isHealthy(digest, hostId, ageMs) ? 'healthy' : 'unhealthy';
  }
}
