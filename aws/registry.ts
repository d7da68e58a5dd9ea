/** What the registry says now: the one source of which image is best. */
import {
  DescribeImagesCommand,
  type DescribeImagesCommandOutput,
  DescribeRepositoriesCommand,
  type DescribeRepositoriesCommandOutput,
  ECRClient,
  type ImageDetail,
  ImageNotFoundException,
  RepositoryNotFoundException,
} from '@aws-sdk/client-ecr';
import type { RegistryImage } from '#core/choose-image.ts';
import type { Runtime } from './runtime.ts';

/** 1,000 a page: 100,000 images of a repository and 100,000 repositories, ECR's own default quotas. */
const PAGES = 100;

export function openRegistry(runtime: Runtime): ECRClient {
  return new ECRClient(runtime.clientConfig);
}

/**
 * Every tagged image of a repository of the stack's own ECR, and those of these digests, which need no
 * tag; undefined where there is no such repository.
 */
export async function listImages(
  ecr: ECRClient,
  repository: string,
  pinned: readonly string[] = [],
): Promise<RegistryImage[] | undefined> {
  const images = await listTagged(ecr, repository);
  if (images === undefined) return undefined;
  for (const digest of new Set(pinned)) {
    if (images.some((image) => image.digest === digest)) continue;
    const image = await findImage(ecr, repository, digest);
    if (image !== undefined) images.push(image);
  }
  return images;
}

async function listTagged(
  ecr: ECRClient,
  repository: string,
): Promise<RegistryImage[] | undefined> {
  const images: RegistryImage[] = [];
  let next: string | undefined;
  for (let page = 0; page < PAGES; page += 1) {
    const answer = await readPage(ecr, repository, next);
    if (answer === undefined) return undefined;
    images.push(...(answer.imageDetails ?? []).flatMap(toImage));
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

function toImage({ imageDigest, imageTags = [], imagePushedAt }: ImageDetail): RegistryImage[] {
  if (imageDigest === undefined) return [];
  return [{ digest: imageDigest, tags: imageTags, pushedAtMs: imagePushedAt?.getTime() ?? 0 }];
}

/**
 * The names of all repositories of the stack's own ECR, page by page. Throws RangeError after the last
 * page that it reads, so that a caller has them all and knows that there are more.
 */
export async function* listRepositories(ecr: ECRClient): AsyncGenerator<string> {
  let next: string | undefined;
  for (let page = 0; page < PAGES; page += 1) {
    const answer: DescribeRepositoriesCommandOutput = await ecr.send(
      new DescribeRepositoriesCommand({
        maxResults: 1000,
        ...(next !== undefined && { nextToken: next }),
      }),
    );
    for (const { repositoryName } of answer.repositories ?? []) {
      if (repositoryName !== undefined) yield repositoryName;
    }
    next = answer.nextToken;
    if (next === undefined || next === '') return;
  }
  throw new RangeError(
    `the registry holds more than ${PAGES * 1000} repositories: the rest is not met with globs; name them in policies without a star`,
  );
}

/** Whether the registry still holds this digest. */
export async function hasImage(
  ecr: ECRClient,
  repository: string,
  digest: string,
): Promise<boolean> {
  return (await findImage(ecr, repository, digest)) !== undefined;
}

/** The image of a digest, tagged or not; undefined where the registry does not hold it. */
async function findImage(
  ecr: ECRClient,
  repository: string,
  digest: string,
): Promise<RegistryImage | undefined> {
  try {
    const answer = await ecr.send(
      new DescribeImagesCommand({
        repositoryName: repository,
        imageIds: [{ imageDigest: digest }],
      }),
    );
    return (answer.imageDetails ?? []).flatMap(toImage)[0];
  } catch (error) {
    const isGone =
      error instanceof ImageNotFoundException || error instanceof RepositoryNotFoundException;
    if (isGone) return undefined;
    throw error;
  }
}
