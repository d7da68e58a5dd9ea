import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatInstall, writeInstall } from '#core/install-request.ts';
import { PolicyRun } from '#core/policy-run.ts';
import { aPolicy, GENERATION, V2 } from './fixtures.ts';

const FOR = { ref: `registry.example.com/shop/web@${V2}`, owner: 'longshore/a/b', generation: 7 };

function requestOf(run: Record<string, unknown>): Record<string, unknown> {
  return JSON.parse(writeInstall(PolicyRun.parse(run), FOR));
}

describe('the request to make a container', () => {
  it('holds all that the policy says', () => {
    const request = requestOf({
      ports: ['8080:80', '8443:80', '127.0.0.1:53:53/udp', '[::1]:53:53/udp'],
      environment: { LOG_LEVEL: 'info', EMPTY: '', NOTE: 'a=b "$(id)"' },
      volumes: ['web-data:/data', '/srv/x:/x:ro'],
      restart: 'on-failure',
      network: 'shop',
      command: ['serve', '--verbose'],
    });

    expect(request).toEqual({
      Image: FOR.ref,
      Cmd: ['serve', '--verbose'],
      Env: ['LOG_LEVEL=info', 'EMPTY=', 'NOTE=a=b "$(id)"'],
      ExposedPorts: { '80/tcp': {}, '53/udp': {} },
      Labels: { 'longshore.owner': 'longshore/a/b', 'longshore.generation': '7' },
      HostConfig: {
        Binds: ['web-data:/data', '/srv/x:/x:ro'],
        PortBindings: {
          '80/tcp': [{ HostPort: '8080' }, { HostPort: '8443' }],
          '53/udp': [
            { HostIp: '127.0.0.1', HostPort: '53' },
            { HostIp: '::1', HostPort: '53' },
          ],
        },
        RestartPolicy: { Name: 'on-failure' },
        NetworkMode: 'shop',
      },
    });
  });

  it('leaves to the image and to the Engine what the policy does not say', () => {
    expect(requestOf({})).toEqual({
      Image: FOR.ref,
      Labels: { 'longshore.owner': 'longshore/a/b', 'longshore.generation': '7' },
      HostConfig: { RestartPolicy: { Name: 'unless-stopped' }, NetworkMode: 'bridge' },
    });
  });

  it('is ASCII, and says the same to who reads JSON', () => {
    const text = fc.string({ unit: 'grapheme' }).filter((value) => !/\p{Cc}/u.test(value));
    const law = fc.property(text, (value) => {
      const run = aPolicy({ run: { command: [`${value}é😀`] } }).run;
      if (run === undefined) throw new Error('the policy has a run');

      const packed = formatInstall(run, { ...FOR, generation: GENERATION });

      const json = Buffer.from(packed, 'base64').toString('latin1');
      expect(json).toMatch(/^[ -~]+$/);
      expect(JSON.parse(json)).toMatchObject({ Cmd: [`${value}é😀`] });
    });

    fc.assert(law);
  });

  it('is not made of a port that no policy may hold', () => {
    const run = { ...PolicyRun.parse({}), ports: ['80'] };

    expect(() => writeInstall(run, FOR)).toThrow(new TypeError('a checked policy has ports'));
  });
});
