/**
 * The time of the cloud that a person's machine talks to. AWS has everybody's. The embedded cloud on a port
 * (`npm run local -- --keep`) has a day of its own that passes faster, and says in each answer what time it is: what is
 * stored there was stored by that clock, and durations are meant by it.
 *
 * Not in `Date`: SDKs take a strange one for a clock that is wrong, and try each refused call again.
 */
import type { SSMClientConfig } from '@aws-sdk/client-ssm';
import type { Runtime } from './runtime.ts';

type OfSsm = Parameters<NonNullable<SSMClientConfig['extensions']>[number]['configure']>[0];

/** What the clients of all services have in common of an extension. */
export interface Extension {
  configure(config: Pick<OfSsm, 'httpHandler' | 'setHttpHandler'>): void;
}

/** Milliseconds since 1970. */
export const TIME_HEADER = 'x-longshore-time';

/** The same way to AWS; an answer that says the time sets the clock, which is the machine's own until then. */
export function followCloudClock(runtime: Runtime): Runtime {
  let aheadMs = 0;
  const extension = hearTimes((ms) => {
    aheadMs = ms - runtime.nowMs();
  });
  return {
    ...runtime,
    nowMs: () => runtime.nowMs() + aheadMs,
    clientConfig: { ...runtime.clientConfig, extensions: [extension] },
  };
}

function hearTimes(hear: (ms: number) => void): Extension {
  return {
    configure: (config) => {
      const inner = config.httpHandler();
      config.setHttpHandler({
        ...(inner.metadata !== undefined && { metadata: inner.metadata }),
        destroy: () => inner.destroy?.(),
        updateHttpClientConfig: (key, value) => inner.updateHttpClientConfig(key, value),
        httpHandlerConfigs: () => inner.httpHandlerConfigs(),
        handle: async (request, options) => {
          const answer = await inner.handle(request, options);
          const said = answer.response.headers[TIME_HEADER] ?? '';
          if (/^\d{1,15}$/.test(said)) hear(Number(said));
          return answer;
        },
      });
    },
  };
}
