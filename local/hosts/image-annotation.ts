/**
 * An image says of itself how it behaves on simulated hosts, so that a push from outside can be a bad one:
 * `"annotations": { "longshore.local/unhealthy": "1" }` in its manifest. "0.1" is unhealthy on a tenth of the
 * hosts, and always on the same ones.
 */
import { ServiceError } from '../service-error.ts';
import type { ImageBehaviour } from './image-catalogue.ts';

export const UNHEALTHY = 'longshore.local/unhealthy';

/** Undefined where the image says nothing. Throws as the registry refuses a manifest. */
export function readBehaviour(
  annotations: Readonly<Record<string, string>>,
): ImageBehaviour | undefined {
  const text = annotations[UNHEALTHY];
  if (text === undefined) return undefined;
  const unhealthyShare = /^\d{0,9}\.?\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (unhealthyShare <= 1) return { unhealthyShare };
  throw new ServiceError(
    'InvalidParameterException',
    `Invalid parameter at imageManifest: annotation ${UNHEALTHY} is "${text}"; give a share of the hosts, such as "1" or "0.1"`,
  );
}
