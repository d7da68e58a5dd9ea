import {
  DescribeImagesCommand,
  DescribeRepositoriesCommand,
  ECRClient,
  ImageNotFoundException,
  RepositoryNotFoundException,
} from '@aws-sdk/client-ecr';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { hasImage, listImages, listRepositories, openRegistry } from '#aws/registry.ts';
import { RUNTIME } from './runtime.ts';

const mock = mockClient(ECRClient);
const ecr = openRegistry(RUNTIME);
const meta = { $metadata: {}, message: 'no' };
const DIGEST = `sha256:${'1'.repeat(64)}`;

beforeEach(() => {
  mock.reset();
});

describe('listImages', () => {
  it('reads every page of the tagged images', async () => {
    const pushed = new Date(Date.UTC(2026, 0, 5));
    mock
      .on(DescribeImagesCommand)
      .resolvesOnce({
        imageDetails: [{ imageDigest: DIGEST, imageTags: ['v1'], imagePushedAt: pushed }, {}],
        nextToken: 'n',
      })
      .resolvesOnce({ imageDetails: [{ imageDigest: 'sha256:2' }] });

    expect(await listImages(ecr, 'shop/web')).toEqual([
      { digest: DIGEST, tags: ['v1'], pushedAtMs: pushed.getTime() },
      { digest: 'sha256:2', tags: [], pushedAtMs: 0 },
    ]);
    expect(mock).toHaveReceivedNthCommandWith(DescribeImagesCommand, 2, { nextToken: 'n' });
  });

  it('asks for a digest that has no tag, once', async () => {
    const pinned = `sha256:${'2'.repeat(64)}`;
    mock
      .on(DescribeImagesCommand)
      .resolves({ imageDetails: [{ imageDigest: DIGEST, imageTags: ['v1'] }] })
      .on(DescribeImagesCommand, { imageIds: [{ imageDigest: pinned }] })
      .resolves({ imageDetails: [{ imageDigest: pinned }] });

    expect(await listImages(ecr, 'shop/web', [DIGEST, pinned, pinned])).toEqual([
      { digest: DIGEST, tags: ['v1'], pushedAtMs: 0 },
      { digest: pinned, tags: [], pushedAtMs: 0 },
    ]);
    expect(mock).toHaveReceivedCommandTimes(DescribeImagesCommand, 2);
  });

  it('makes no image of a digest that is not there', async () => {
    mock
      .on(DescribeImagesCommand)
      .resolves({ imageDetails: [] })
      .on(DescribeImagesCommand, { imageIds: [{ imageDigest: DIGEST }] })
      .rejects(new ImageNotFoundException(meta));

    expect(await listImages(ecr, 'shop/web', [DIGEST])).toEqual([]);
  });

  it('knows nothing of a repository that is not there', async () => {
    mock.on(DescribeImagesCommand).rejects(new RepositoryNotFoundException(meta));

    expect(await listImages(ecr, 'shop/web')).toBeUndefined();
  });

  it('refuses to choose among more images than it reads', async () => {
    mock.on(DescribeImagesCommand).resolves({ imageDetails: [], nextToken: 'n' });

    await expect(listImages(ecr, 'shop/web')).rejects.toThrow(/more than 100000/);
  });

  it('does not take an outage for an empty repository', async () => {
    mock.on(DescribeImagesCommand).rejects(new Error('ServerException'));

    await expect(listImages(ecr, 'shop/web')).rejects.toThrow('ServerException');
  });
});

describe('listRepositories', () => {
  async function listed(): Promise<{ names: string[]; error: unknown }> {
    const names: string[] = [];
    try {
      for await (const name of listRepositories(ecr)) names.push(name);
    } catch (error) {
      return { names, error };
    }
    return { names, error: undefined };
  }

  it('reads every page, a thousand at a time', async () => {
    mock
      .on(DescribeRepositoriesCommand)
      .resolvesOnce({ repositories: [{ repositoryName: 'shop/web' }, {}], nextToken: 'n' })
      .resolvesOnce({ repositories: [], nextToken: 'm' })
      .resolvesOnce({ repositories: [{ repositoryName: 'web' }] });

    expect(await listed()).toEqual({ names: ['shop/web', 'web'], error: undefined });
    expect(mock).toHaveReceivedNthCommandWith(DescribeRepositoriesCommand, 1, { maxResults: 1000 });
    expect(mock).toHaveReceivedNthCommandWith(DescribeRepositoriesCommand, 2, { nextToken: 'n' });
  });

  it('gives what it has read before it says that there are more', async () => {
    mock
      .on(DescribeRepositoriesCommand)
      .resolves({ repositories: [{ repositoryName: 'shop/web' }], nextToken: 'n' });

    const { names, error } = await listed();

    expect(names).toHaveLength(100);
    expect(error).toBeInstanceOf(RangeError);
    expect(String(error)).toMatch(/more than 100000 repositories.*name them in policies/);
  });

  it('gives what it has read before an outage', async () => {
    mock
      .on(DescribeRepositoriesCommand)
      .resolvesOnce({ repositories: [{ repositoryName: 'shop/web' }], nextToken: 'n' })
      .rejects(new Error('ServerException'));

    expect(await listed()).toEqual({ names: ['shop/web'], error: new Error('ServerException') });
  });
});

describe('hasImage', () => {
  it.each([
    ['an image that is gone', new ImageNotFoundException(meta)],
    ['a repository that is gone', new RepositoryNotFoundException(meta)],
  ])('does not have %s', async (_name, error) => {
    mock.on(DescribeImagesCommand).rejects(error);

    expect(await hasImage(ecr, 'shop/web', DIGEST)).toBe(false);
  });

  it('does not take an outage for an image that is gone', async () => {
    mock.on(DescribeImagesCommand).rejects(new Error('ServerException'));

    await expect(hasImage(ecr, 'shop/web', DIGEST)).rejects.toThrow('ServerException');
  });
});
