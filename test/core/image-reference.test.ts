import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  Digest,
  formatImageReference,
  type ImageReference,
  parseImageReference,
  repositoryName,
  splitRegistry,
} from '#core/image-reference.ts';

const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`;
const HOST = '111122223333.dkr.ecr.eu-west-1.amazonaws.com';

describe('parseImageReference', () => {
  it.each<[string, ImageReference]>([
    ['web', { registry: '', repository: 'web' }],
    ['web:v1', { registry: '', repository: 'web', tag: 'v1' }],
    ['my.web:v1', { registry: '', repository: 'my.web', tag: 'v1' }],
    ['shop/web', { registry: '', repository: 'shop/web' }],
    [`shop/web@${DIGEST}`, { registry: '', repository: 'shop/web', digest: DIGEST }],
    [`shop/web:v1@${DIGEST}`, { registry: '', repository: 'shop/web', tag: 'v1', digest: DIGEST }],
    ['ghcr.io/acme/app:1', { registry: 'ghcr.io', repository: 'acme/app', tag: '1' }],
    ['localhost/app', { registry: 'localhost', repository: 'app' }],
    ['localhost:5000/app:1', { registry: 'localhost:5000', repository: 'app', tag: '1' }],
    ['/ghcr.io/acme/app', { registry: '', repository: 'ghcr.io/acme/app' }],
    ['a__b/c--d/e.f', { registry: '', repository: 'a__b/c--d/e.f' }],
    [`web:${'t'.repeat(300)}`, { registry: '', repository: 'web', tag: 't'.repeat(300) }],
    ['r'.repeat(256), { registry: '', repository: 'r'.repeat(256) }],
  ])('reads %s', (text, image) => {
    expect(parseImageReference(text)).toEqual(image);
  });

  it.each([
    '',
    ':v1',
    `@${DIGEST}`,
    'web:',
    'web@',
    'Web:v1',
    'shop//web',
    'shop/web/',
    'a___b',
    'web:-v1',
    'web:v1:v2',
    `web@${DIGEST}@${DIGEST}`,
    'web@sha256:abc',
    `web@${DIGEST.toUpperCase()}`,
    '-x.io/web',
    'http://ghcr.io/web',
    'user:pw@ghcr.io/web',
    `web:${'t'.repeat(301)}`,
    'r'.repeat(257),
    'web:v1 ',
    'wéb',
  ])('does not take %j for an image', (text) => {
    expect(parseImageReference(text)).toBeUndefined();
  });

  it("takes an image of the stack's own host as one of the own ECR", () => {
    const image = parseImageReference(`${HOST}/shop/web:v1`, HOST);

    expect(image).toEqual({ registry: '', repository: 'shop/web', tag: 'v1' });
  });

  it('reads what it formats, with the own host written out or not', () => {
    fc.assert(
      fc.property(images(), fc.constantFrom('', HOST), (image, host) => {
        const text = formatImageReference(image, host);

        expect(parseImageReference(text, host)).toEqual(image);
      }),
    );
  });
});

describe('formatImageReference', () => {
  it.each<[string, ImageReference]>([
    [`${HOST}/shop/web@${DIGEST}`, { registry: '', repository: 'shop/web', digest: DIGEST }],
    [`${HOST}/shop/web:v1`, { registry: '', repository: 'shop/web', tag: 'v1' }],
    ['ghcr.io/acme/app', { registry: 'ghcr.io', repository: 'acme/app' }],
    [`ghcr.io/a@${DIGEST}`, { registry: 'ghcr.io', repository: 'a', tag: 'v1', digest: DIGEST }],
  ])('writes %s', (text, image) => {
    expect(formatImageReference(image, HOST)).toBe(text);
  });
});

describe('repositoryName', () => {
  it.each([
    ['shop/web', '', 'shop/web'],
    ['web', '', 'web'],
    ['my.web', '', 'my.web'],
    ['ghcr.io/acme/app', 'ghcr.io', 'acme/app'],
    ['/ghcr.io/acme/app', '', 'ghcr.io/acme/app'],
  ])('is %s', (name, registry, repository) => {
    expect(repositoryName({ registry, repository })).toBe(name);
  });

  it('never gives two repositories one name', () => {
    fc.assert(
      fc.property(images(), (image) => {
        expect(splitRegistry(repositoryName(image))).toEqual([image.registry, image.repository]);
      }),
    );
  });
});

describe('Digest', () => {
  it.each([
    [true, DIGEST],
    [false, `${DIGEST}0`],
    [false, DIGEST.slice(0, -1)],
    [false, `sha512:${'0'.repeat(64)}`],
    [false, `${DIGEST}\n`],
  ])('is %s for %j', (isDigest, text) => {
    expect(Digest.safeParse(text).success).toBe(isDigest);
  });
});

function images(): fc.Arbitrary<ImageReference> {
  const segment = fc.stringMatching(/^[a-z0-9]{1,5}(?:[._-][a-z0-9]{1,3})?$/);
  const repository = fc
    .array(segment, { minLength: 1, maxLength: 3 })
    .map((list) => list.join('/'));
  const registry = fc.constantFrom('', 'ghcr.io', 'localhost', 'localhost:5000');
  const end = fc.oneof(
    fc.constant({}),
    fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,8}$/).map((tag) => ({ tag })),
    fc.stringMatching(/^[0-9a-f]{64}$/).map((hex) => ({ digest: `sha256:${hex}` })),
  );
  return fc.tuple(registry, repository, end).map(([host, name, rest]) => ({
    registry: host,
    repository: name,
    ...rest,
  }));
}
