/** ECR over the wire: the calls that read and write a repository, with their limits and errors. */
import * as z from 'zod';
import { ServiceError } from '../service-error.ts';
import { parseInput } from '../service-input.ts';
import { parseManifest, type StoredManifest } from './manifest.ts';
import type { Repository, StoredImage } from './repository.ts';

/** What the calls need of the registry. */
export interface Registry {
  readonly accountId: string;
  readonly repositories: readonly Repository[];
  repository(name: string): Repository;
  putImage(
    repository: string,
    manifest: StoredManifest,
    tag: string | undefined,
    digest?: string,
  ): string;
  deleteTag(repository: string, tag: string): void;
  deleteImage(repository: string, digest: string): void;
}

const ImageId = z.looseObject({
  imageDigest: z.string().optional(),
  imageTag: z.string().optional(),
});
type ImageId = z.infer<typeof ImageId>;
const Page = { nextToken: z.string().optional(), maxResults: z.int().min(1).max(1000).optional() };
const OnRepository = z.looseObject({ repositoryName: z.string().min(2).max(256) });
const DescribeImages = OnRepository.extend({
  imageIds: z.array(ImageId).min(1).max(100).optional(),
  filter: z.looseObject({ tagStatus: z.enum(['TAGGED', 'UNTAGGED', 'ANY']).optional() }).optional(),
  ...Page,
});
const DescribeRepositories = z.looseObject({
  repositoryNames: z.array(z.string()).min(1).max(100).optional(),
  ...Page,
});
const OnImages = OnRepository.extend({ imageIds: z.array(ImageId).min(1).max(100) });
const PutImage = OnRepository.extend({
  imageManifest: z.string().min(1),
  imageManifestMediaType: z.string().optional(),
  imageTag: z.string().min(1).max(300).optional(),
});

export function answerRegistry(
  registry: Registry,
  action: string,
  input: Record<string, unknown>,
): Record<string, unknown> {
  switch (action) {
    case 'DescribeImages':
      return describeImages(registry, parse(DescribeImages, input));
    case 'DescribeRepositories':
      return describeRepositories(registry, parse(DescribeRepositories, input));
    case 'BatchGetImage':
      return batchGetImage(registry, parse(OnImages, input));
    case 'BatchDeleteImage':
      return batchDeleteImage(registry, parse(OnImages, input));
    case 'PutImage':
      return putImage(registry, parse(PutImage, input));
    default:
      throw new ServiceError('UnknownOperationException', `ECR: ${action}`);
  }
}

function parse<Schema extends z.ZodType>(schema: Schema, input: unknown): z.infer<Schema> {
  return parseInput(schema, input, 'InvalidParameterException');
}

function describeImages(registry: Registry, input: z.infer<typeof DescribeImages>) {
  const repository = registry.repository(input.repositoryName);
  const { imageIds, filter, maxResults, nextToken } = input;
  if (imageIds && (maxResults !== undefined || nextToken !== undefined)) {
    throw new ServiceError(
      'InvalidParameterException',
      'Invalid parameter at imageIds: it cannot be given with maxResults or nextToken',
    );
  }
  if (imageIds) {
    const found = imageIds.map(
      (id) => repository.find(asReference(id)) ?? notFound(registry, repository, id),
    );
    return { imageDetails: found.map((image) => imageDetail(registry, repository, image)) };
  }
  const wanted = repository.images.filter((image) => {
    const isTagged = repository.tagsOf(image.digest).length > 0;
    const status = filter?.tagStatus ?? 'ANY';
    return status === 'ANY' || (status === 'TAGGED') === isTagged;
  });
  const page = paginate(wanted, maxResults ?? 100, nextToken);
  return {
    imageDetails: page.items.map((image) => imageDetail(registry, repository, image)),
    ...page.next,
  };
}

function imageDetail(registry: Registry, repository: Repository, image: StoredImage) {
  const tags = repository.tagsOf(image.digest);
  return {
    registryId: registry.accountId,
    repositoryName: repository.name,
    imageDigest: image.digest,
    ...(tags.length > 0 && { imageTags: tags }),
    imageSizeInBytes: image.sizeBytes,
    imagePushedAt: image.pushedAtMs / 1000,
    imageManifestMediaType: image.manifest.mediaType,
  };
}

function describeRepositories(registry: Registry, input: z.infer<typeof DescribeRepositories>) {
  const { repositoryNames, maxResults, nextToken } = input;
  if (repositoryNames && (maxResults !== undefined || nextToken !== undefined)) {
    throw new ServiceError(
      'InvalidParameterException',
      'Invalid parameter at repositoryNames: it cannot be given with maxResults or nextToken',
    );
  }
  const wanted = repositoryNames
    ? repositoryNames.map((name) => registry.repository(name))
    : registry.repositories;
  const page = paginate(wanted, maxResults ?? 100, nextToken);
  const repositories = page.items.map((repository) => ({
    repositoryArn: repository.arn,
    registryId: registry.accountId,
    repositoryName: repository.name,
    createdAt: repository.createdAtMs / 1000,
    imageTagMutability: repository.isImmutable ? 'IMMUTABLE' : 'MUTABLE',
  }));
  return { repositories, ...page.next };
}

function batchGetImage(registry: Registry, input: z.infer<typeof OnImages>) {
  const repository = registry.repository(input.repositoryName);
  const images: Record<string, unknown>[] = [];
  const failures: Record<string, unknown>[] = [];
  for (const imageId of input.imageIds) {
    const image = repository.find(asReference(imageId));
    if (image === undefined) {
      failures.push({
        imageId,
        failureCode: 'ImageNotFound',
        failureReason: 'Requested image not found',
      });
      continue;
    }
    images.push({
      registryId: registry.accountId,
      repositoryName: repository.name,
      imageId: { ...imageId, imageDigest: image.digest },
      imageManifest: image.manifest.text,
      imageManifestMediaType: image.manifest.mediaType,
    });
  }
  return { images, failures };
}

function batchDeleteImage(registry: Registry, input: z.infer<typeof OnImages>) {
  const repository = registry.repository(input.repositoryName);
  const imageIds: ImageId[] = [];
  const failures: Record<string, unknown>[] = [];
  for (const id of input.imageIds) {
    const image = repository.find(asReference(id));
    if (image === undefined) {
      failures.push({
        imageId: id,
        failureCode: 'ImageNotFound',
        failureReason: 'Requested image not found',
      });
      continue;
    }
    imageIds.push({ ...id, imageDigest: image.digest });
    if (id.imageTag === undefined) registry.deleteImage(repository.name, image.digest);
    else registry.deleteTag(repository.name, id.imageTag);
  }
  return { imageIds, failures };
}

function putImage(registry: Registry, input: z.infer<typeof PutImage>) {
  const manifest = parseManifest(input.imageManifest, input.imageManifestMediaType);
  if (manifest === undefined) {
    throw new ServiceError('InvalidParameterException', 'Invalid parameter at imageManifest');
  }
  const digest = registry.putImage(input.repositoryName, manifest, input.imageTag);
  return {
    image: {
      registryId: registry.accountId,
      repositoryName: input.repositoryName,
      imageId: { imageDigest: digest, ...(input.imageTag && { imageTag: input.imageTag }) },
      imageManifest: input.imageManifest,
    },
  };
}

function asReference({ imageDigest, imageTag }: ImageId) {
  return { digest: imageDigest, tag: imageTag };
}

function notFound(registry: Registry, repository: Repository, id: ImageId): never {
  const { imageDigest = 'null', imageTag = 'null' } = id;
  throw new ServiceError(
    'ImageNotFoundException',
    `The image with imageId {imageDigest:'${imageDigest}', imageTag:'${imageTag}'} does not exist within the repository with name '${repository.name}' in the registry with id '${registry.accountId}'`,
  );
}

/** The token is the next index, which no client may read anything into. */
function paginate<Item>(items: readonly Item[], most: number, token: string | undefined) {
  const start = token === undefined ? 0 : Number(token);
  if (!Number.isInteger(start) || start < 0) {
    throw new ServiceError('InvalidParameterException', 'Invalid parameter at nextToken');
  }
  const end = start + most;
  return {
    items: items.slice(start, end),
    next: end < items.length ? { nextToken: String(end) } : {},
  };
}
