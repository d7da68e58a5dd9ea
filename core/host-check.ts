/** What a policy's health check is to a host: the question, and how often and how long it is asked. */
import type { HealthTiming, HostHealth } from './host-command.ts';
import type { Policy } from './policy.ts';
import { HEALTH_STABLE_SECONDS, HEALTH_SUCCESSES, parseEndpoint } from './policy-health.ts';

type Checked = Pick<Policy, 'health_check' | 'health_check_enabled'>;

export function healthOf({ health_check, health_check_enabled }: Checked): HostHealth {
  if (!health_check_enabled) return { health: 'none' };
  switch (health_check.type) {
    case 'http': {
      const endpoint = parseEndpoint(health_check.endpoint);
      if (endpoint === undefined) throw new TypeError('a checked policy has an endpoint');
      return {
        health: 'http',
        hport: endpoint.port,
        hpath: endpoint.path,
        hcode: health_check.expected_status,
        htls: !endpoint.isTls ? 0 : health_check.verify_tls ? 1 : 2,
      };
    }
    case 'tcp':
      return { health: 'tcp', hport: health_check.port };
    case 'container_running':
    case 'docker_health':
    case 'custom':
      return { health: health_check.type };
  }
}

export function timingOf({ health_check }: Checked): HealthTiming {
  return {
    retries: health_check.retry_count,
    interval: health_check.interval_seconds,
    htimeout: health_check.timeout_seconds,
    grace: 0,
    success: HEALTH_SUCCESSES,
    stable: HEALTH_STABLE_SECONDS,
  };
}
