/** Whether a plan may be carried out. */
import { containerFor, type Policy } from './policy.ts';
import { describeClaim, listClaims } from './policy-claims.ts';
import type { Rollout } from './rollout.ts';
import { listUnsupported } from './unsupported-fields.ts';

export interface FoundHosts {
  hosts: readonly string[];
  /** Matching hosts that SSM does not reach now: left out of the plan. */
  offline: number;
}

/** Why the rollout cannot begin; undefined where it can. No host was touched. */
export function refusePlan(
  rollout: Rollout,
  found: FoundHosts,
  imageIsThere: boolean,
): string | undefined {
  const { settings, image } = rollout;
  const [unsupported] = listUnsupported(settings);
  if (unsupported !== undefined) return unsupported.message;
  if (!imageIsThere) return `${image.repository}@${image.digest} is gone from the registry`;
  if (found.hosts.length === 0) {
    const offline =
      found.offline > 0 ? ` (${found.offline} match, but none of them is online)` : '';
    return `no host matches policy ${rollout.policy}${offline}; hosts need the tag longshore:enabled=true and the policy's own`;
  }
  const reached = new Set(found.hosts);
  const missing = settings.first_batch.filter((host) => !reached.has(host));
  if (missing.length > 0) {
    return `first_batch names ${missing.join(', ')}, which the policy does not select or SSM does not reach now`;
  }
  if (settings.max_hosts !== undefined && found.hosts.length > settings.max_hosts) {
    return `${found.hosts.length} hosts match, more than max_hosts ${settings.max_hosts}`;
  }
  return undefined;
}

/** What is stored beside a rollout when it is planned. */
export interface Beside {
  /** Whether its policy is still there. */
  isStored: boolean;
  /** Policies that may claim the same container; its own may be among them. */
  others: readonly Policy[];
}

/** Why the rollout's policy lets it begin no more: it is gone, or another claims the same hosts. */
export function refuseClaim(rollout: Rollout, { isStored, others }: Beside): string | undefined {
  const { policy: id, settings, repository } = rollout;
  if (!isStored) return `policy ${id} is gone: what it began, and no host has heard of, ends here`;
  const own = { ...settings, id, container: containerFor(settings, repository) };
  const [claim] = listClaims(
    [own],
    others.filter((other) => other.id !== id),
  );
  return claim === undefined ? undefined : `${id} ${describeClaim(claim)}`;
}

/** The rollout as refused: "Close rollout" ends it as failed, with this reason. */
export function refuse(rollout: Rollout, reason: string): Rollout {
  return { ...rollout, error_message: reason };
}
