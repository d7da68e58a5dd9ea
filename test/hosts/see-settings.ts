/**
 * What a person asked for when a container was made, as the Engine tells it: what a swap must not change.
 *
 * Left out is what is the container's own (its id, times, paths), what its image gave it, what we add, and how
 * a volume without a name was asked for (`mounts` says which one it is).
 */
import * as z from 'zod';
import type { Host, Place } from './start-host.ts';

const Entry = z.record(z.string(), z.unknown());
const Inspected = z.object({
  Id: z.string(),
  Image: z.string(),
  Config: z
    .object({
      Hostname: z.string(),
      Env: z.array(z.string()),
      Labels: z.record(z.string(), z.string()),
    })
    .catchall(z.unknown()),
  HostConfig: Entry,
  Mounts: z.array(Entry),
  NetworkSettings: z.object({ Networks: z.record(z.string(), Entry) }),
});
const Image = z.object({
  Config: z.object({
    Env: z.array(z.string()).nullish(),
    Labels: z.record(z.string(), z.string()).nullish(),
  }),
});

export async function seeSettings(host: Host, { container }: Pick<Place, 'container'>) {
  const seen = Inspected.parse(await host.engine.call('GET', `/containers/${container}/json`));
  const image = Image.parse(await host.engine.call('GET', `/images/${seen.Image}/json`)).Config;
  const { Image: _, Hostname, Env, Labels, Volumes, ...config } = seen.Config;
  const { Binds, Mounts: _asked, ContainerIDFile, ...hostConfig } = seen.HostConfig;
  const isOwnId = Hostname === seen.Id.slice(0, 12);
  return {
    config: { ...config, Hostname: isOwnId ? 'the beginning of its id' : Hostname },
    env: Env.filter((entry) => !image.Env?.includes(entry)).sort(),
    labels: Object.fromEntries(
      Object.entries(Labels).filter(
        ([key, value]) => image.Labels?.[key] !== value && !key.startsWith('longshore.'),
      ),
    ),
    hostConfig,
    tmpfs: asTmpfs(seen.HostConfig['Mounts']),
    mounts: seen.Mounts.map(({ Type, Name, Source, Destination, RW, Propagation }) => ({
      Type,
      Name,
      Source,
      Destination,
      RW,
      Propagation,
    })).sort((one, other) => (String(one.Destination) < String(other.Destination) ? -1 : 1)),
    networks: Object.fromEntries(
      Object.entries(seen.NetworkSettings.Networks).map(([name, endpoint]) => {
        const { IPAMConfig, Links, DriverOpts, Aliases } = endpoint;
        const aliases = z.array(z.string()).nullable().parse(Aliases) ?? [];
        const own = aliases.filter((alias) => alias !== seen.Id.slice(0, 12));
        return [name, { IPAMConfig, Links, DriverOpts, aliases: own.sort() }];
      }),
    ),
  };
}

/** Mounts of the other kinds are compared as they were asked for. */
function asTmpfs(asked: unknown) {
  return (
    z
      .array(Entry)
      .nullish()
      .parse(asked)
      ?.filter(({ Type }) => Type !== 'volume') ?? []
  );
}
