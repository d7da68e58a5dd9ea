/**
 * How an image came into the registry, and the event that says so: pushed by a client, replicated from
 * another registry, or pulled through the cache of an upstream one. Each has a shape of its own.
 * Source: Amazon ECR user guide, "Sample events from Amazon ECR"; the two media types of a push are not
 * in its sample, but captured events carry them.
 */
import type { RaisedEvent } from '../events/cloud-event.ts';
import { CONFIG_TYPE, type StoredManifest } from './manifest.ts';

export type Arrival =
  | { kind: 'push' }
  | { kind: 'replication'; account: string; region: string }
  | { kind: 'cache'; upstream: string };

interface ArrivedImage {
  repository: { name: string; arn: string };
  digest: string;
  /** '' is what the service sends for none. */
  tag: string;
  manifest: StoredManifest;
}

export function arrivalEvent(arrival: Arrival, image: ArrivedImage): RaisedEvent {
  const { name, arn } = image.repository;
  const named = {
    'repository-name': name,
    'image-digest': image.digest,
    'image-tag': image.tag,
  };
  switch (arrival.kind) {
    case 'push':
      return imageActionEvent('PUSH', image);
    case 'replication':
      return {
        source: 'aws.ecr',
        detailType: 'ECR Replication Action',
        resources: [arn],
        detail: {
          result: 'SUCCESS',
          ...named,
          'source-account': arrival.account,
          'action-type': 'REPLICATE',
          'source-region': arrival.region,
        },
      };
    case 'cache':
      return {
        source: 'aws.ecr',
        detailType: 'ECR Pull Through Cache Action',
        resources: [arn],
        detail: {
          'rule-version': '1',
          'sync-status': 'SUCCESS',
          'ecr-repository-prefix': name.split('/')[0],
          'upstream-registry-url': arrival.upstream,
          ...named,
        },
      };
  }
}

export function imageActionEvent(action: 'PUSH' | 'DELETE', image: ArrivedImage): RaisedEvent {
  const { repository, digest, tag, manifest } = image;
  return {
    source: 'aws.ecr',
    detailType: 'ECR Image Action',
    resources: [],
    detail: {
      result: 'SUCCESS',
      'repository-name': repository.name,
      'image-digest': digest,
      'action-type': action,
      'image-tag': tag,
      'manifest-media-type': manifest.mediaType,
      ...(manifest.children.length === 0 && { 'artifact-media-type': CONFIG_TYPE }),
    },
  };
}
