/** The images of the suites: each a way in which a container does well or badly. */
import type { ImageSpec, PushedImage } from '#local/docker/images.ts';

const CHECK = '--interval=1s --timeout=1s --retries=1 CMD ["/workload", "check"]';

const SPECS = {
  v1: { labels: { 'org.example.release': 'one' }, env: { GREETING: 'from v1' } },
  v2: { labels: { 'org.example.release': 'two' }, env: { GREETING: 'from v2' } },
  /** Answers 500. */
  v3: { env: { STATUS: '500' } },
  v4: {},
  crash: { env: { CRASH: '1' } },
  /** Serves for a while, then exits with 1. */
  dies: { env: { DIE_AFTER_MS: '700' } },
  redirect: { env: { REDIRECT: '/' } },
  hang: { env: { HANG: '1' } },
  /** Runs, and listens nowhere. */
  silent: { env: { LISTEN: 'none' } },
  tcp: { env: { LISTEN: 'tcp' } },
  slowStart: { env: { START_DELAY_MS: '2000' } },
  checked: { healthcheck: CHECK },
  checkFails: { healthcheck: CHECK, env: { HEALTHCHECK: 'unhealthy' } },
  /** Its own check never comes to an end: the status stays `starting`. */
  checkHangs: {
    healthcheck: '--interval=60s --timeout=60s CMD ["/workload", "check"]',
    env: { HEALTHCHECK: 'hang' },
  },
} satisfies Record<string, Omit<ImageSpec, 'version'>>;

export type Version = keyof typeof SPECS;
export type ImageSet = Readonly<Record<Version, PushedImage>>;

/** What the image called `version` is made of; a tag has no capitals. */
export const IMAGE_SPECS = Object.fromEntries(
  Object.entries(SPECS).map(([version, spec]) => [version, { version, ...spec }]),
) as Record<Version, ImageSpec>;
