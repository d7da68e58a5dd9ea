import {
  DescribeInstanceInformationCommand,
  type DescribeInstanceInformationCommandInput,
} from '@aws-sdk/client-ssm';
import { describe, expect, it } from 'vitest';
import { START_MS } from '../cloud-rig.ts';
import { ssmRig } from './ssm-rig.ts';

const tagged = (fleet: string, more = {}) => ({
  tags: { 'longshore:enabled': 'true', 'longshore:fleet': fleet, ...more },
});
const enabled = { Key: 'tag:longshore:enabled', Values: ['true'] };

function pager(rig: ReturnType<typeof ssmRig>) {
  return async (input: Partial<DescribeInstanceInformationCommandInput> = {}) => {
    const pages: (string | undefined)[][] = [];
    let NextToken: string | undefined;
    do {
      const page = await rig.client.send(
        new DescribeInstanceInformationCommand({ ...input, ...(NextToken && { NextToken }) }),
      );
      pages.push((page.InstanceInformationList ?? []).map(({ InstanceId }) => InstanceId));
      NextToken = page.NextToken;
    } while (NextToken);
    return pages;
  };
}

describe('DescribeInstanceInformation', () => {
  it('gives 10 hosts a page, or up to 50', async () => {
    const rig = ssmRig(Array.from({ length: 60 }, () => ({})));
    const read = pager(rig);

    const small = await read();
    const large = await read({ MaxResults: 50 });

    expect(small.map(({ length }) => length)).toEqual([10, 10, 10, 10, 10, 10]);
    expect(large.map(({ length }) => length)).toEqual([50, 10]);
    expect(large.flat()).toEqual(rig.ids);
  });

  it.each([
    { what: '4 a page', input: { MaxResults: 4 }, name: 'ValidationException' },
    { what: '51 a page', input: { MaxResults: 51 }, name: 'ValidationException' },
    {
      what: 'tags beside other filters',
      input: { Filters: [enabled, { Key: 'PingStatus', Values: ['Online'] }] },
      name: 'InvalidInstanceInformationFilterValue',
    },
    {
      what: 'an unknown filter',
      input: { Filters: [{ Key: 'Colour', Values: ['red'] }] },
      name: 'InvalidFilterKey',
    },
    { what: 'a foreign token', input: { NextToken: 'x' }, name: 'InvalidNextToken' },
  ])('refuses $what', async ({ input, name }) => {
    const { client } = ssmRig([{}]);

    const asking = client.send(new DescribeInstanceInformationCommand(input));

    await expect(asking).rejects.toMatchObject({ name });
  });

  it('asks that every tag matches, each with one of its values', async () => {
    const rig = ssmRig([
      tagged('production', { zone: 'a' }),
      tagged('production', { zone: 'b' }),
      tagged('production', { zone: 'c' }),
      tagged('staging', { zone: 'a' }),
      { tags: { 'longshore:fleet': 'production', zone: 'a' } },
    ]);

    const pages = await pager(rig)({
      Filters: [
        enabled,
        { Key: 'tag:longshore:fleet', Values: ['production'] },
        { Key: 'tag:zone', Values: ['a', 'b'] },
      ],
    });

    expect(pages.flat()).toEqual(rig.ids.slice(0, 2));
  });

  it('finds hosts by id, by ping status and by kind', async () => {
    const rig = ssmRig([{}, { isOffline: true }, { kind: 'hybrid' }]);
    const read = pager(rig);
    const [a, b, c] = rig.ids;

    const by = async (Key: string, ...Values: string[]) =>
      (await read({ Filters: [{ Key, Values }] })).flat();

    expect(await by('InstanceIds', b!, 'i-0fffffffffffffff0')).toEqual([b]);
    expect(await by('PingStatus', 'Online')).toEqual([a, c]);
    expect(await by('ResourceType', 'ManagedInstance')).toEqual([c]);
  });

  it('believes a lost host online until its pings are missed', async () => {
    const { cloud, client, fleet } = ssmRig([{}]);
    const ping = async () =>
      (await client.send(new DescribeInstanceInformationCommand({}))).InstanceInformationList?.[0];
    fleet[0]?.disconnect();

    await cloud.run({ untilMs: START_MS + 299_999 });
    const before = await ping();
    await cloud.run({ untilMs: START_MS + 300_000 });

    expect(before?.PingStatus).toBe('Online');
    expect(await ping()).toMatchObject({
      PingStatus: 'ConnectionLost',
      LastPingDateTime: new Date(START_MS),
    });
  });

  it('knows no more of a host that is gone', async () => {
    const rig = ssmRig([{}, {}]);
    rig.cloud.fleet.vanish(rig.ids[0]!);

    expect((await pager(rig)()).flat()).toEqual([rig.ids[1]]);
  });

  it('may give short and empty pages, of which only one without a token is the last', async () => {
    const rig = ssmRig(
      Array.from({ length: 120 }, () => ({})),
      { ssm: { shortPageShare: 0.7 } },
    );

    const pages = await pager(rig)({ MaxResults: 10 });

    expect(pages.flat()).toEqual(rig.ids);
    expect(pages.some(({ length }) => length === 0)).toBe(true);
    expect(pages.some(({ length }) => length > 0 && length < 10)).toBe(true);
  });
});
