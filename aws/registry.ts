/** What the registry says now: the one source of which image is best. */
import {
  DescribeImagesCommand,
  type DescribeImagesCommandOutput,
  ECRClient,
  ImageNotFoundException,
  RepositoryNotFoundException,
} from '@aws-sdk/client-ecr';
import type { RegistryImage } from '#core/choose-image.ts';
import type { Runtime } from './runtime.ts';

/** 1,000 a page: 20,000 tagged images, more than a repository may hold by default. */
const PAGES = 20;

export function openRegistry(runtime: Runtime): ECRClient {
  return new ECRClient(runtime.clientConfig);
}

/** Every tagged image of a repository of the stack's own ECR; undefined where there is no such repository. */
export async function listImages(
  ecr: ECRClient,
  repository: string,
): Promise<RegistryImage[] | undefined> {
  const images: RegistryImage[] = [];
  let next: string | undefined;
  for (let page = 0; page < PAGES; page += 1) {
    const answer = await readPage(ecr, repository, next);
    if (answer === undefined) return undefined;
    for (const image of answer.imageDetails ?? []) {
      if (image.imageDigest === undefined) continue;
      images.push({
        digest: image.imageDigest,
        tags: image.imageTags ?? [],
        pushedAtMs: image.imagePushedAt?.getTime() ?? 0,
      });
    }
    next = answer.nextToken;
    if (next === undefined || next === '') return images;
  }
  throw new RangeError(`${repository} holds more than ${PAGES * 1000} tagged images`);
}

async function readPage(
  ecr: ECRClient,
  repository: string,
  nextToken: string | undefined,
): Promise<DescribeImagesCommandOutput | undefined> {
  try {
    return await ecr.send(
      new DescribeImagesCommand({
        repositoryName: repository,
        filter: { tagStatus: 'TAGGED' },
        maxResults: 1000,
        ...(nextToken !== undefined && { nextToken }),
      }),
    );
  } catch (error) {
    if (error instanceof RepositoryNotFoundException) return undefined;
    throw error;
  }
}

/** Whether the registry still holds this digest. */
export async function hasImage(
  ecr: ECRClient,
  repository: string,
  digest: string,
): Promise<boolean> {
  try {
    const answer = await ecr.send(
      new DescribeImagesCommand({
        repositoryName: repository,
        imageIds: [{ imageDigest: digest }],
      }),
    );
    return (answer.imageDetails ?? []).length > 0;
  } catch (error) {
    const isGone =
      error instanceof ImageNotFoundException || error instanceof RepositoryNotFoundException;
    if (isGone) return false;
    throw error;
  }
}
