import { describe, expect, it } from 'vitest';
import { causeOf, judgeImageMessage, parseMessage } from '#core/image-event.ts';

const HOME = { account: '111122223333', region: 'eu-west-1' };

function aPush(detail: Record<string, unknown> = {}, event: Record<string, unknown> = {}) {
  return {
    version: '0',
    id: '13cde686-328b-6117-af20-0e5566167482',
    'detail-type': 'ECR Image Action',
    source: 'aws.ecr',
    account: '111122223333',
    time: '2026-11-14T12:00:00Z',
    region: 'eu-west-1',
    resources: [],
    ...event,
    detail: {
      'action-type': 'PUSH',
      result: 'SUCCESS',
      'repository-name': 'shop/web',
      'image-digest': 'sha256:7f',
      'image-tag': 'v2',
      'manifest-media-type': 'application/vnd.oci.image.index.v1+json',
      ...detail,
    },
  };
}

describe('a push event', () => {
  it('takes a repository that looks like a registry for one of the own ECR', () => {
    const push = aPush({ 'repository-name': 'ghcr.io/acme/app' });

    expect(judgeImageMessage(push, HOME)).toMatchObject({ repository: '/ghcr.io/acme/app' });
  });

  it('asks for a look at its repository, and names the tag', () => {
    expect(judgeImageMessage(aPush(), HOME)).toEqual({
      kind: 'push',
      repository: 'shop/web',
      tag: 'v2',
    });
  });

  it.each([
    {
      what: 'a deletion',
      detail: { 'action-type': 'DELETE' },
      reason: 'DELETE SUCCESS is no finished push',
    },
    {
      what: 'a failure',
      detail: { result: 'FAILURE' },
      reason: 'PUSH FAILURE is no finished push',
    },
    {
      what: 'a child of an index',
      detail: { 'image-tag': '' },
      reason: 'an untagged manifest (a platform or an attestation of an index)',
    },
    {
      what: 'a manifest without a tag',
      detail: { 'image-tag': undefined },
      reason: 'an untagged manifest (a platform or an attestation of an index)',
    },
  ])('of $what is ignored: $reason', ({ detail, reason }) => {
    expect(judgeImageMessage(aPush(detail), HOME)).toEqual({ kind: 'ignored', reason });
  });

  it.each([
    {
      account: '999999999999',
      reason: "from 999999999999 in eu-west-1, not from this stack's account",
    },
    {
      region: 'us-east-1',
      reason: "from 111122223333 in us-east-1, not from this stack's account",
    },
  ])('of another account or region is ignored: $reason', ({ reason, ...event }) => {
    expect(judgeImageMessage(aPush({}, event), HOME)).toEqual({
      kind: 'ignored',
      reason: reason,
    });
  });

  it.each([
    { what: 'another source', message: aPush({}, { source: 'my.ecr' }) },
    { what: 'another type', message: aPush({}, { 'detail-type': 'ECR Image Scan' }) },
    { what: 'no repository', message: aPush({ 'repository-name': '' }) },
    { what: 'a name that is too long', message: aPush({ 'repository-name': 'a'.repeat(257) }) },
    { what: 'a tag that is too long', message: aPush({ 'image-tag': 'a'.repeat(301) }) },
    { what: 'nothing', message: undefined },
    { what: 'text', message: 'v2' },
  ])('is none: $what', ({ message }) => {
    expect(judgeImageMessage(message, HOME)).toEqual({
      kind: 'ignored',
      reason: 'neither an arrival in ECR nor a look',
    });
  });
});

/** As the service documents it. */
function aReplica(detail: Record<string, unknown> = {}) {
  return aPush(
    {
      'source-account': '999999999999',
      'action-type': 'REPLICATE',
      'source-region': 'us-east-1',
      ...detail,
    },
    {
      'detail-type': 'ECR Replication Action',
      resources: ['arn:aws:ecr:eu-west-1:111122223333:repository/shop/web'],
    },
  );
}

/** As the service documents it: there is no `result` and no `action-type`. */
function aCachedImage(detail: Record<string, unknown> = {}) {
  return aPush(
    {
      'action-type': undefined,
      result: undefined,
      'rule-version': '1',
      'sync-status': 'SUCCESS',
      'ecr-repository-prefix': 'docker-hub',
      'repository-name': 'docker-hub/library/nginx',
      'upstream-registry-url': 'registry-1.docker.io',
      ...detail,
    },
    { 'detail-type': 'ECR Pull Through Cache Action' },
  );
}

describe('an arrival that is no push', () => {
  it('counts as one: a replica, whatever registry it comes from', () => {
    expect(judgeImageMessage(aReplica(), HOME)).toEqual({
      kind: 'push',
      repository: 'shop/web',
      tag: 'v2',
    });
  });

  it('counts as one: an image that came through the cache', () => {
    expect(judgeImageMessage(aCachedImage(), HOME)).toEqual({
      kind: 'push',
      repository: 'docker-hub/library/nginx',
      tag: 'v2',
    });
  });

  it.each([
    [
      'a replication that failed',
      aReplica({ result: 'FAILED' }),
      'REPLICATE FAILED is no finished replication',
    ],
    [
      'a replication that says it is a push',
      aReplica({ 'action-type': 'PUSH' }),
      'PUSH SUCCESS is no finished replication',
    ],
    [
      'a push that says it is a replication',
      aPush({ 'action-type': 'REPLICATE' }),
      'REPLICATE SUCCESS is no finished push',
    ],
    [
      'a pull that failed',
      aCachedImage({ 'sync-status': 'FAILED' }),
      'FAILED is no finished pull through the cache',
    ],
    [
      'a child of a replicated index',
      aReplica({ 'image-tag': '' }),
      'an untagged manifest (a platform or an attestation of an index)',
    ],
    [
      'a child of a cached index',
      aCachedImage({ 'image-tag': undefined }),
      'an untagged manifest (a platform or an attestation of an index)',
    ],
    [
      'a pull without its status',
      aCachedImage({ 'sync-status': undefined }),
      'neither an arrival in ECR nor a look',
    ],
    [
      'a replication without its result',
      aReplica({ result: undefined }),
      'neither an arrival in ECR nor a look',
    ],
  ])('is ignored: %s', (_what, message, reason) => {
    expect(judgeImageMessage(message, HOME)).toEqual({ kind: 'ignored', reason });
  });

  it('is ignored in another region: what is replicated from here arrives there', () => {
    expect(judgeImageMessage({ ...aReplica(), region: 'us-east-1' }, HOME)).toMatchObject({
      kind: 'ignored',
    });
  });
});

describe('a look', () => {
  it.each(['policy', 'sweep', 'closed'])('is taken from our own: %s', (because) => {
    expect(judgeImageMessage({ look: { repository: 'shop/web', because } }, HOME)).toEqual({
      kind: 'look',
      repository: 'shop/web',
      because,
    });
  });

  it.each([
    { look: { repository: 'shop/web', because: 'boredom' } },
    { look: { repository: '', because: 'sweep' } },
    { look: { repository: 'shop/web', because: 'sweep', digest: 'sha256:7f' } },
    { look: { repository: 'shop/web', because: 'sweep' }, tag: 'v2' },
  ])('with more or less in it is ignored (%#)', (message) => {
    expect(judgeImageMessage(message, HOME).kind).toBe('ignored');
  });
});

describe('the body of a message', () => {
  it.each([
    { body: '{"a":1}', message: { a: 1 } },
    { body: '{"a":', message: undefined },
    { body: '', message: undefined },
  ])('of $body is $message', ({ body, message }) => {
    expect(parseMessage(body)).toEqual(message);
  });
});

describe('the cause of a rollout', () => {
  it('is the push, with what it claimed', () => {
    expect(causeOf({ kind: 'push', repository: 'shop/web', tag: 'v2' })).toEqual({
      repository: 'shop/web',
      tag: 'v2',
      triggeredBy: 'ecr',
      event: '{"push":{"repository":"shop/web","tag":"v2"}}',
    });
  });

  it.each([
    { because: 'policy', triggeredBy: 'manual' },
    { because: 'sweep', triggeredBy: 'sweep' },
    { because: 'closed', triggeredBy: 'sweep' },
  ])('is a look because of $because: $triggeredBy', ({ because, triggeredBy }) => {
    expect(causeOf({ kind: 'look', repository: 'shop/web', because })).toEqual({
      repository: 'shop/web',
      tag: undefined,
      triggeredBy,
      event: `{"look":{"repository":"shop/web","because":"${because}"}}`,
    });
  });
});
