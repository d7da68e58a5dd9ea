/**
 * The configuration of every SDK client in the embedded cloud. All that a client would look for in the
 * environment or in ~/.aws is given: a developer's own settings must not change a run, and reading
 * files in the midst of virtual time would let their order decide. Requests are not signed, for nobody
 * looks.
 */
import type { Runtime } from '#aws/runtime.ts';
import type { VirtualRetryStrategy } from './lambda/virtual-retry.ts';
import type { Wire } from './wire.ts';

const GIVEN = {
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  signer: { sign: async (request: unknown) => request },
  useDualstackEndpoint: false,
  useFipsEndpoint: false,
  ignoreConfiguredEndpointUrls: true,
  authSchemePreference: ['sigv4'],
  userAgentAppId: 'longshore-local',
  accountIdEndpointMode: 'disabled',
  disableClockSkewCorrection: true,
};

export function clientConfig(of: {
  region: string;
  wire: Wire;
  retryStrategy: VirtualRetryStrategy;
  maxAttempts: number;
}): Runtime['clientConfig'] {
  const { region, wire, retryStrategy, maxAttempts } = of;
  const { requestHandler } = wire;
  return { ...GIVEN, region, requestHandler, retryStrategy, maxAttempts };
}
