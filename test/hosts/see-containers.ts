/** What containers a host has for one name, as its Engine says. */
import * as z from 'zod';
import type { Engine } from '#local/docker/engine.ts';
import type { ImageSet } from './image-set.ts';

export interface ContainerSeen {
  readonly name: string;
  readonly id: string;
  readonly isRunning: boolean;
  /** The image set's name for its image, or the image's id. */
  readonly version: string;
  /** `no`, `on-failure:3`, `unless-stopped`, `always`. */
  readonly restart: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly startedAt: string;
}

const Listed = z.array(z.object({ Id: z.string(), Names: z.array(z.string()) }));
const Inspected = z.object({
  Id: z.string(),
  Name: z.string(),
  Image: z.string(),
  State: z.object({ Running: z.boolean(), StartedAt: z.string() }),
  Config: z.object({ Labels: z.record(z.string(), z.string()) }),
  HostConfig: z.object({
    RestartPolicy: z.object({ Name: z.string(), MaximumRetryCount: z.number() }),
  }),
});

/** The container called `name`, and all called `name.…`, in the order of their names. */
export async function seeContainers(
  engine: Engine,
  name: string,
  images: ImageSet,
): Promise<ContainerSeen[]> {
  const filters = encodeURIComponent(JSON.stringify({ name: [name] }));
  const target = `/containers/json?all=1&filters=${filters}`;
  const listed = Listed.parse(await engine.call('GET', target));
  const ours = listed.filter(({ Names }) =>
    Names.some((full) => full === `/${name}` || full.startsWith(`/${name}.`)),
  );
  const seen = await Promise.all(ours.map(({ Id }) => inspect(engine, Id, images)));
  return seen.sort((one, other) => (one.name < other.name ? -1 : 1));
}

async function inspect(engine: Engine, id: string, images: ImageSet): Promise<ContainerSeen> {
  const { Name, Image, State, Config, HostConfig, Id } = Inspected.parse(
    await engine.call('GET', `/containers/${id}/json`),
  );
  const known = Object.entries(images).find(([, image]) => image.imageId === Image);
  const { Name: policy, MaximumRetryCount: most } = HostConfig.RestartPolicy;
  return {
    name: Name.slice(1),
    id: Id,
    isRunning: State.Running,
    version: known?.[0] ?? Image,
    restart: `${policy || 'no'}${most > 0 ? `:${most}` : ''}`,
    labels: Config.Labels,
    startedAt: State.StartedAt,
  };
}
