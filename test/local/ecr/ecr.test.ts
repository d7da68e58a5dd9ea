import {
  BatchDeleteImageCommand,
  BatchGetImageCommand,
  DescribeImagesCommand,
  DescribeRepositoriesCommand,
  ECRClient,
  ImageNotFoundException,
  InvalidParameterException,
  PutImageCommand,
  RepositoryNotFoundException,
} from '@aws-sdk/client-ecr';
import { describe, expect, it } from 'vitest';
import { IMAGE_TYPE, INDEX_TYPE, imageManifest, sha256 } from '#local/ecr/manifest.ts';
import { ACCOUNT, bareCloud, START_MS } from '../cloud-rig.ts';

function registry(isImmutable = false) {
  const cloud = bareCloud();
  const events: Record<string, unknown>[] = [];
  cloud.events.putRule({
    name: 'all',
    arn: 'arn:rule',
    busName: 'default',
    isEnabled: true,
    pattern: { source: ['aws.ecr'] },
    targets: [{ id: 'test', send: (event) => events.push(event as Record<string, unknown>) }],
  });
  cloud.ecr.createRepository('shop/web', isImmutable);
  const details = async () => {
    await cloud.settle();
    return events
      .toSorted((a, b) => String(a['time']).localeCompare(String(b['time'])))
      .map(({ detail }) => detail as Record<string, unknown>);
  };
  return { cloud, ecr: cloud.ecr, client: new ECRClient(cloud.clientConfig()), details, events };
}

const repositoryName = 'shop/web';

describe('a push', () => {
  it('raises the event of a tagged image as real ones are', async () => {
    const { ecr, details, events } = registry();

    const digest = ecr.push(repositoryName, { tag: 'v1' });

    expect(await details()).toEqual([
      {
        result: 'SUCCESS',
        'repository-name': repositoryName,
        'image-digest': digest,
        'action-type': 'PUSH',
        'image-tag': 'v1',
        'manifest-media-type': IMAGE_TYPE,
        'artifact-media-type': 'application/vnd.oci.image.config.v1+json',
      },
    ]);
    expect(events[0]).toMatchObject({ 'detail-type': 'ECR Image Action', resources: [] });
  });

  it.each([
    {
      arrival: { kind: 'replication', account: '999999999999', region: 'us-west-2' } as const,
      type: 'ECR Replication Action',
      detail: {
        result: 'SUCCESS',
        'source-account': '999999999999',
        'action-type': 'REPLICATE',
        'source-region': 'us-west-2',
      },
    },
    {
      arrival: { kind: 'cache', upstream: 'registry-1.docker.io' } as const,
      type: 'ECR Pull Through Cache Action',
      detail: {
        'rule-version': '1',
        'sync-status': 'SUCCESS',
        'ecr-repository-prefix': 'shop',
        'upstream-registry-url': 'registry-1.docker.io',
      },
    },
  ])('that is none, but a $arrival.kind, raises $type', async ({ arrival, type, detail }) => {
    const { ecr, details, events } = registry();

    const digest = ecr.push(repositoryName, { tag: 'v1', arrival });

    const named = {
      'repository-name': repositoryName,
      'image-digest': digest,
      'image-tag': 'v1',
    };
    expect(await details()).toEqual([{ ...named, ...detail }]);
    expect(events[0]).toMatchObject({
      'detail-type': type,
      resources: [`arn:aws:ecr:eu-west-1:${ACCOUNT}:repository/${repositoryName}`],
    });
  });

  it('of several platforms raises one event a child without a tag, then one of the index', async () => {
    const { ecr, details } = registry();

    const digest = ecr.push(repositoryName, {
      tag: 'v1',
      platforms: ['linux/amd64', 'linux/arm64'],
    });

    const raised = await details();
    expect(raised.map((detail) => detail['image-tag']).toSorted()).toEqual(['', '', 'v1']);
    const index = raised.find((detail) => detail['image-tag'] === 'v1');
    expect(index).toMatchObject({ 'image-digest': digest, 'manifest-media-type': INDEX_TYPE });
    expect(
      ecr
        .repository(repositoryName)
        .images.map(({ digest: held }) => held)
        .at(-1),
    ).toBe(digest);
  });

  it('of a known digest under another tag raises one event and keeps the first push', async () => {
    const { cloud, ecr, details, client } = registry();
    const digest = ecr.push(repositoryName, { tag: 'v3' });
    await cloud.run({ untilMs: START_MS + 60_000 });

    ecr.push(repositoryName, { tag: 'v3-again', digest });

    const { imageDetails } = await client.send(new DescribeImagesCommand({ repositoryName }));
    expect(imageDetails).toMatchObject([
      { imageDigest: digest, imageTags: ['v3', 'v3-again'], imagePushedAt: new Date(START_MS) },
    ]);
    expect((await details()).map((detail) => detail['image-tag'])).toEqual(['v3', 'v3-again']);
  });

  it('moves a tag and leaves the older image without it', () => {
    const { ecr } = registry();
    const first = ecr.push(repositoryName, { tag: 'latest' });

    const second = ecr.push(repositoryName, { tag: 'latest' });

    const repository = ecr.repository(repositoryName);
    expect(repository.find({ tag: 'latest' })?.digest).toBe(second);
    expect(repository.tagsOf(first)).toEqual([]);
    expect(repository.find({ digest: first })).toBeDefined();
  });

  it('that changes nothing is refused and raises nothing', async () => {
    const { ecr, details } = registry();
    const digest = ecr.push(repositoryName, { tag: 'v1' });

    expect(() => ecr.push(repositoryName, { tag: 'v1', digest })).toThrow(
      expect.objectContaining({ code: 'ImageAlreadyExistsException' }),
    );
    expect(await details()).toHaveLength(1);
  });

  it('may not move a tag where tags are immutable', () => {
    const { ecr } = registry(true);
    ecr.push(repositoryName, { tag: 'v1' });

    expect(() => ecr.push(repositoryName, { tag: 'v1' })).toThrow(
      expect.objectContaining({ code: 'ImageTagAlreadyExistsException' }),
    );
  });

  it('keeps the digest that it is given', () => {
    const { ecr } = registry();
    const digest = sha256('mine');

    expect(ecr.push(repositoryName, { tag: 'v1', digest })).toBe(digest);
  });
});

describe('PutImage', () => {
  it('names an image by the digest of its manifest', async () => {
    const { client } = registry();
    const text = imageManifest('one');

    const { image } = await client.send(
      new PutImageCommand({ repositoryName, imageManifest: text, imageTag: 'v1' }),
    );

    expect(image?.imageId).toEqual({ imageDigest: sha256(text), imageTag: 'v1' });
  });

  it.each([
    { what: 'a manifest that is none', manifest: 'x', name: 'InvalidParameterException' },
    {
      what: 'an index whose children are missing',
      manifest: JSON.stringify({ manifests: [{ digest: sha256('gone') }] }),
      name: 'ReferencedImagesNotFoundException',
    },
  ])('refuses $what', async ({ manifest, name }) => {
    const { client } = registry();

    const putting = client.send(
      new PutImageCommand({ repositoryName, imageManifest: manifest, imageTag: 'v1' }),
    );

    await expect(putting).rejects.toMatchObject({ name });
  });
});

describe('DescribeImages', () => {
  function withImages(count: number) {
    const made = registry();
    for (let n = 0; n < count; n++) made.ecr.push(repositoryName, { tag: `v${n}` });
    made.ecr.push(repositoryName, {});
    return made;
  }

  it.each([
    { tagStatus: 'TAGGED', count: 3 },
    { tagStatus: 'UNTAGGED', count: 1 },
    { tagStatus: 'ANY', count: 4 },
  ] as const)('gives $count images of status $tagStatus', async ({ tagStatus, count }) => {
    const { client } = withImages(3);

    const answer = await client.send(
      new DescribeImagesCommand({ repositoryName, filter: { tagStatus } }),
    );

    expect(answer.imageDetails).toHaveLength(count);
  });

  it('gives 100 images a page unless asked for more, and a token for the rest', async () => {
    const { client } = withImages(150);
    const sizes: number[] = [];

    let nextToken: string | undefined;
    do {
      const page = await client.send(new DescribeImagesCommand({ repositoryName, nextToken }));
      sizes.push(page.imageDetails?.length ?? 0);
      nextToken = page.nextToken;
    } while (nextToken);
    const whole = await client.send(
      new DescribeImagesCommand({ repositoryName, maxResults: 1000 }),
    );

    expect(sizes).toEqual([100, 51]);
    expect(whole.imageDetails).toHaveLength(151);
    expect(whole.nextToken).toBeUndefined();
  });

  it.each([
    {
      what: 'more than 1,000 a page',
      input: { maxResults: 1001 },
      error: InvalidParameterException,
    },
    { what: 'a foreign token', input: { nextToken: 'x' }, error: InvalidParameterException },
    {
      what: 'ids and a page',
      input: { imageIds: [{ imageTag: 'v0' }], maxResults: 5 },
      error: InvalidParameterException,
    },
    {
      what: 'an unknown tag',
      input: { imageIds: [{ imageTag: 'gone' }] },
      error: ImageNotFoundException,
    },
    {
      what: 'an unknown repository',
      input: { repositoryName: 'shop/none' },
      error: RepositoryNotFoundException,
    },
  ])('refuses $what', async ({ input, error }) => {
    const { client } = withImages(1);

    const asking = client.send(new DescribeImagesCommand({ repositoryName, ...input }));

    await expect(asking).rejects.toBeInstanceOf(error);
  });
});

describe('the other calls', () => {
  it('describe repositories', async () => {
    const { client } = registry();

    const { repositories } = await client.send(new DescribeRepositoriesCommand({}));

    expect(repositories).toMatchObject([{ repositoryName, registryId: ACCOUNT }]);
  });

  it('describe repositories page by page', async () => {
    const { client, ecr } = registry();
    for (const name of ['shop/a', 'shop/b']) ecr.createRepository(name);
    const first = await client.send(new DescribeRepositoriesCommand({ maxResults: 2 }));

    const { repositories, nextToken } = await client.send(
      new DescribeRepositoriesCommand({ maxResults: 2, nextToken: first.nextToken }),
    );

    expect(first.repositories).toHaveLength(2);
    expect(repositories?.map((one) => one.repositoryName)).toEqual(['shop/b']);
    expect(nextToken).toBeUndefined();
  });

  it.each([
    {
      what: 'names with a page',
      input: { repositoryNames: [repositoryName], maxResults: 1 },
      error: 'InvalidParameterException',
    },
    {
      what: 'an unknown name',
      input: { repositoryNames: ['shop/none'] },
      error: 'RepositoryNotFoundException',
    },
    { what: 'a page of none', input: { maxResults: 0 }, error: 'InvalidParameterException' },
    { what: 'a foreign token', input: { nextToken: 'x' }, error: 'InvalidParameterException' },
  ])('describe no repositories for $what', async ({ input, error }) => {
    const { client } = registry();

    const asking = client.send(new DescribeRepositoriesCommand(input));

    await expect(asking).rejects.toMatchObject({ name: error });
  });

  it('give the manifest of an index, with its platforms', async () => {
    const { client, ecr } = registry();
    ecr.push(repositoryName, { tag: 'v1', platforms: ['linux/amd64', 'unknown/unknown'] });

    const { images, failures } = await client.send(
      new BatchGetImageCommand({
        repositoryName,
        imageIds: [{ imageTag: 'v1' }, { imageTag: 'v9' }],
      }),
    );

    const { manifests } = JSON.parse(images?.[0]?.imageManifest ?? '{}');
    expect(manifests).toMatchObject([
      { platform: { os: 'linux', architecture: 'amd64' } },
      { platform: { os: 'unknown', architecture: 'unknown' } },
    ]);
    expect(failures).toMatchObject([{ failureCode: 'ImageNotFound' }]);
  });

  it('delete a tag, or an image with all its tags, with an event for each', async () => {
    const { client, details, ecr } = registry();
    const digest = ecr.push(repositoryName, { tag: 'a' });
    for (const tag of ['b', 'c']) ecr.push(repositoryName, { tag, digest });

    await client.send(
      new BatchDeleteImageCommand({ repositoryName, imageIds: [{ imageTag: 'a' }] }),
    );
    await client.send(
      new BatchDeleteImageCommand({ repositoryName, imageIds: [{ imageDigest: digest }] }),
    );

    const deleted = (await details()).filter((detail) => detail['action-type'] === 'DELETE');
    expect(deleted.map((detail) => detail['image-tag']).toSorted()).toEqual(['a', 'b', 'c']);
    expect(ecr.repository(repositoryName).images).toEqual([]);
  });
});
