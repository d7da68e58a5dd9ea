/** Images of the workload, built from scratch on an Engine and pushed to its registry. No network. */
import { randomBytes } from 'node:crypto';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Engine } from './engine.ts';
import type { Registry } from './registry.ts';
import { buildWorkload } from './workload-binary.ts';

export interface ImageSpec {
  /** What it answers, and its tag. */
  version: string;
  /** Default `shop/web`. */
  repository?: string;
  env?: Readonly<Record<string, string>>;
  labels?: Readonly<Record<string, string>>;
  /** The rest of a HEALTHCHECK line: `--interval=1s CMD ["/workload", "check"]`. */
  healthcheck?: string;
  entrypoint?: readonly string[];
  /** Further lines of the Dockerfile. */
  lines?: readonly string[];
  /** Random bytes, which no layer shares and nothing can compress. */
  ballastMegabytes?: number;
}

export interface PushedImage {
  readonly repository: string;
  readonly tag: string;
  readonly digest: string;
  /** With the registry's name and the digest. */
  readonly ref: string;
  readonly imageId: string;
}

/** It stays in the Engine's store under its tag; `forgetImage` makes a host without it. */
export async function pushImage(
  engine: Engine,
  registry: Registry,
  spec: ImageSpec,
): Promise<PushedImage> {
  const { repository = 'shop/web', version } = spec;
  const tag = version.toLowerCase();
  const named = `${registry.name}/${repository}`;
  const folder = mkdtempSync(path.join(engine.folder, 'image-'));
  try {
    copyFileSync(await buildWorkload(), path.join(folder, 'workload'));
    writeFileSync(path.join(folder, 'Dockerfile'), formatDockerfile(spec));
    const { ballastMegabytes = 0 } = spec;
    if (ballastMegabytes > 0) {
      writeFileSync(path.join(folder, 'ballast'), randomBytes(ballastMegabytes * 1_048_576));
    }
    await engine.docker('build', '-q', '-t', `${named}:${tag}`, folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
  const digest = await push(engine, `${named}:${tag}`);
  const imageId = await engine.docker('image', 'inspect', '-f', '{{.Id}}', `${named}:${tag}`);
  return { repository, tag, digest, ref: `${named}@${digest}`, imageId };
}

/** Another tag for an image that was pushed from this Engine. Returns the digest, which is the same. */
export async function pushTag(
  engine: Engine,
  registry: Registry,
  repository: string,
  [from, to]: readonly [from: string, to: string],
): Promise<string> {
  const named = `${registry.name}/${repository}`;
  await engine.docker('tag', `${named}:${from}`, `${named}:${to}`);
  return push(engine, `${named}:${to}`);
}

async function push(engine: Engine, name: string): Promise<string> {
  const said = await engine.docker('push', name);
  const digest = /digest: (sha256:[a-f0-9]{64})/.exec(said)?.[1];
  if (digest === undefined) throw new Error(`docker push named no digest: ${said}`);
  return digest;
}

/** Out of the Engine's store, under every name that it has there. The registry keeps it. */
export async function forgetImage(engine: Engine, image: PushedImage): Promise<void> {
  await engine.docker('image', 'rm', '-f', image.imageId);
}

function formatDockerfile(spec: ImageSpec): string {
  const {
    version,
    env = {},
    labels = {},
    healthcheck,
    entrypoint = ['/workload'],
    lines = [],
  } = spec;
  return [
    'FROM scratch',
    'COPY workload /workload',
    ...(spec.ballastMegabytes ? ['COPY ballast /ballast'] : []),
    ...formatPairs('ENV', { VERSION: version, ...env }),
    ...formatPairs('LABEL', labels),
    ...(healthcheck === undefined ? [] : [`HEALTHCHECK ${healthcheck}`]),
    ...lines,
    `ENTRYPOINT ${JSON.stringify(entrypoint)}`,
    '',
  ].join('\n');
}

function formatPairs(word: string, pairs: Readonly<Record<string, string>>): string[] {
  return Object.entries(pairs).map(([name, value]) => `${word} ${name}=${JSON.stringify(value)}`);
}
