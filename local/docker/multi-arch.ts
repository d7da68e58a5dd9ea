/**
 * Indexes made by hand: an image of this platform and one that says it is for arm64 (the same layers under
 * another configuration; nobody runs it), pushed over the registry's HTTP interface.
 */
import { createHash } from 'node:crypto';
import type { PushedImage } from './images.ts';
import type { Registry } from './registry.ts';

const MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';
const INDEX = 'application/vnd.docker.distribution.manifest.list.v2+json';

export interface PushedIndex {
  readonly digest: string;
  readonly ref: string;
}

interface Manifest {
  config: { digest: string; size: number };
}

/** Both platforms under one digest; `arm64Only` leaves this machine's own out. */
export async function pushIndex(
  registry: Registry,
  image: PushedImage,
  options: { arm64Only?: boolean } = {},
): Promise<PushedIndex> {
  const { repository, digest } = image;
  const own = (await registry.call({ method: 'GET', target: manifests(repository, digest) })).body;
  const arm64 = await pushForArm64(registry, repository, own);
  const entries = [
    ...(options.arm64Only ? [] : [describe(own, process.arch === 'arm64' ? 'arm64' : 'amd64')]),
    describe(arm64, process.arch === 'arm64' ? 'amd64' : 'arm64'),
  ];
  const body = JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests: entries });
  const index = hash(body);
  await registry.call({ method: 'PUT', target: manifests(repository, index), type: INDEX, body });
  return { digest: index, ref: `${registry.name}/${repository}@${index}` };
}

async function pushForArm64(registry: Registry, repository: string, own: string): Promise<string> {
  const manifest: Manifest = JSON.parse(own);
  const { body: config } = await registry.call({
    method: 'GET',
    target: `/v2/${repository}/blobs/${manifest.config.digest}`,
  });
  const architecture = process.arch === 'arm64' ? 'amd64' : 'arm64';
  const changed = JSON.stringify({ ...JSON.parse(config), architecture });
  const { location } = await registry.call({
    method: 'POST',
    target: `/v2/${repository}/blobs/uploads/`,
  });
  const target = `${location}${location.includes('?') ? '&' : '?'}digest=${hash(changed)}`;
  await registry.call({ method: 'PUT', target, type: 'application/octet-stream', body: changed });
  const body = JSON.stringify({
    ...manifest,
    config: { ...manifest.config, digest: hash(changed), size: Buffer.byteLength(changed) },
  });
  await registry.call({
    method: 'PUT',
    target: manifests(repository, hash(body)),
    type: MANIFEST,
    body,
  });
  return body;
}

function describe(manifest: string, architecture: string) {
  return {
    mediaType: MANIFEST,
    size: Buffer.byteLength(manifest),
    digest: hash(manifest),
    platform: { architecture, os: 'linux' },
  };
}

function manifests(repository: string, reference: string): string {
  return `/v2/${repository}/manifests/${reference}`;
}

function hash(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}
