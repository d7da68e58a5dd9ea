/**
 * Image manifests, as far as a registry looks into them. An image for several platforms is an index
 * that lists a manifest for each; buildx adds an attestation ("unknown/unknown") for each.
 */
import { createHash } from 'node:crypto';
import * as z from 'zod';

const OCI = 'application/vnd.oci.image';
export const IMAGE_TYPE = `${OCI}.manifest.v1+json`;
export const INDEX_TYPE = `${OCI}.index.v1+json`;
export const CONFIG_TYPE = `${OCI}.config.v1+json`;

const Manifest = z.looseObject({
  mediaType: z.string().optional(),
  manifests: z.array(z.looseObject({ digest: z.string() })).optional(),
  annotations: z.record(z.string(), z.string()).optional(),
});

export interface StoredManifest {
  readonly text: string;
  readonly mediaType: string;
  /** Digests that the manifest refers to; they must be in the repository before it. */
  readonly children: readonly string[];
  readonly annotations: Readonly<Record<string, string>>;
}

export function sha256(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

/** Undefined where the text is no manifest. */
export function parseManifest(text: string, givenType?: string): StoredManifest | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined; // The caller refuses it with the registry's own error.
  }
  const parsed = Manifest.safeParse(value);
  if (!parsed.success) return undefined;
  const { annotations = {} } = parsed.data;
  const children = (parsed.data.manifests ?? []).map((child) => child.digest);
  const guess = parsed.data.manifests ? INDEX_TYPE : IMAGE_TYPE;
  return { text, mediaType: givenType ?? parsed.data.mediaType ?? guess, children, annotations };
}

/** A manifest of one platform; `seed` makes it, and so its digest, differ from others. */
export function imageManifest(seed: string): string {
  return JSON.stringify({
    schemaVersion: 2,
    mediaType: IMAGE_TYPE,
    config: { mediaType: CONFIG_TYPE, digest: sha256(seed), size: 1_024 },
    layers: [],
  });
}

export function indexManifest(children: readonly { digest: string; platform: string }[]): string {
  return JSON.stringify({
    schemaVersion: 2,
    mediaType: INDEX_TYPE,
    manifests: children.map(({ digest, platform }) => {
      const [os, architecture] = platform.split('/');
      return { mediaType: IMAGE_TYPE, digest, size: 1_024, platform: { os, architecture } };
    }),
  });
}
