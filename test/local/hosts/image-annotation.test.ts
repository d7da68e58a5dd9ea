import { describe, expect, it } from 'vitest';
import { readBehaviour } from '#local/hosts/image-annotation.ts';
import { bareCloud } from '../cloud-rig.ts';

const behaviour = (unhealthy: string) => readBehaviour({ 'longshore.local/unhealthy': unhealthy });

describe('an image that says how it behaves', () => {
  it.each([
    ['1', 1],
    ['1.0', 1],
    ['0.1', 0.1],
    ['.25', 0.25],
    ['0', 0],
  ])('is unhealthy on a share of the hosts: %s', (text, unhealthyShare) => {
    expect(behaviour(text)).toEqual({ unhealthyShare });
  });

  it('says nothing by other annotations', () => {
    expect(readBehaviour({ version: 'v4' })).toBeUndefined();
  });

  it.each(['', 'yes', '1.1', '-1', '2', '1.', 'NaN', '1e-1'])(
    'is refused by the registry where that is no share: "%s"',
    async (unhealthy) => {
      const cloud = bareCloud();
      const repository = cloud.ecr.createRepository('shop/web');
      const annotations = { 'longshore.local/unhealthy': unhealthy };
      const imageManifest = JSON.stringify({ schemaVersion: 2, annotations });

      const put = cloud.ecr.apply('PutImage', { repositoryName: 'shop/web', imageManifest });

      await expect(put).rejects.toMatchObject({
        code: 'InvalidParameterException',
        message: expect.stringContaining(`"${unhealthy}"; give a share`),
      });
      expect(repository.images).toEqual([]);
    },
  );
});
