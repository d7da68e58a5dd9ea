/** How a host judges the container that it has just started. */
import * as z from 'zod';

/** Shown healthy so often, and so long without a restart, a container is believed. */
export const HEALTH_SUCCESSES = 2;
export const HEALTH_STABLE_SECONDS = 10;

/**
 * The check runs on the host itself: a policy must not make hosts call anything else. The path is one
 * that fits into a host command as it is, so it has no query and nothing escaped.
 */
const ENDPOINT =
  /^https?:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::(?<port>\d{1,5}))?(?<path>\/[A-Za-z0-9._/=-]{0,200})?$/;

const timing = {
  timeout_seconds: z.int().min(1).max(600).default(30),
  retry_count: z.int().min(1).max(100).default(3),
  interval_seconds: z.int().min(1).max(600).default(30),
};
const Port = z.int().min(1).max(65_535);

export const HealthCheck = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('http'),
    endpoint: z.string().refine((text) => parseEndpoint(text) !== undefined),
    expected_status: z.int().min(100).max(599).default(200),
    verify_tls: z.boolean().default(true),
    ...timing,
  }),
  z.strictObject({ type: z.literal('tcp'), port: Port, ...timing }),
  z.strictObject({ type: z.literal('container_running'), ...timing }),
  /** The image's own HEALTHCHECK, as the Engine judges it. */
  z.strictObject({ type: z.literal('docker_health'), ...timing }),
  /** The command that the host's owner put into /etc/longshore/<container>.conf. */
  z.strictObject({ type: z.literal('custom'), ...timing }),
]);
export type HealthCheck = z.infer<typeof HealthCheck>;

export interface Endpoint {
  isTls: boolean;
  port: number;
  path: string;
}

/** `https://localhost:8443/health` → TLS, 8443, /health; undefined for a URL that is not the host's own. */
export function parseEndpoint(text: string): Endpoint | undefined {
  const match = ENDPOINT.exec(text);
  if (match === null) return undefined;
  const isTls = text.startsWith('https:');
  const port = Number(match.groups?.['port'] ?? (isTls ? 443 : 80));
  return Port.safeParse(port).success
    ? { isTls, port, path: match.groups?.['path'] ?? '/' }
    : undefined;
}

/** The most that a check can take: every try to its end, and the time without a restart. */
export function healthSeconds(check: HealthCheck): number {
  const { retry_count, interval_seconds, timeout_seconds } = check;
  return retry_count * (interval_seconds + timeout_seconds) + HEALTH_STABLE_SECONDS;
}
