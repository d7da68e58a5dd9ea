/**
 * The configuration of every SDK client in the embedded cloud. All that a client would look for in the
 * environment or in ~/.aws is given: a developer's own settings must not change a run, and reading
 * files in the midst of virtual time would let their order decide. Requests are not signed and say nothing
 * of who sends them, for nobody looks; what they ask is serialized by the SDK itself.
 *
 * A simulation is mostly SDK calls, so two things here are for speed alone. A logger without `info` keeps
 * the SDK from copying each input and output for a log that nobody keeps; and see `layOut`.
 */
import type { Runtime } from '#aws/runtime.ts';
import type { VirtualRetryStrategy } from './lambda/virtual-retry.ts';
import type { Wire } from './wire.ts';

const GIVEN = {
  credentials: async (asked?: { callerClientConfig?: object }) => {
    layOut(asked?.callerClientConfig);
    return { accessKeyId: 'local', secretAccessKey: 'local' };
  },
  signer: { sign: async (request: unknown) => request },
  useDualstackEndpoint: false,
  useFipsEndpoint: false,
  ignoreConfiguredEndpointUrls: true,
  authSchemePreference: ['sigv4'],
  userAgentAppId: async () => undefined,
  defaultUserAgentProvider: async () => [],
  logger: {},
  accountIdEndpointMode: 'disabled',
  disableClockSkewCorrection: true,
};

/**
 * V8 keeps an object that grew member by member as a hash table, and the SDK copies its client's
 * configuration three times in each call. As a prototype it is laid out as an object again, for as long as
 * nobody adds to it: a third of the time of a small call. Asked for once a client, with its credentials.
 */
function layOut(config: object | undefined): void {
  if (config !== undefined) Object.create(config);
}

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
