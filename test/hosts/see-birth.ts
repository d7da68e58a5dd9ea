/** Whether a container is as it was: the very one, never stopped, never started again, under its own policy. */
import * as z from 'zod';
import type { Host, Place } from './start-host.ts';

const Born = z.object({
  Id: z.string(),
  Name: z.string(),
  RestartCount: z.number(),
  State: z.object({ StartedAt: z.string(), FinishedAt: z.string(), Running: z.boolean() }),
  HostConfig: z.object({ RestartPolicy: z.unknown() }),
});
export type Born = z.infer<typeof Born>;

export async function seeBirth(host: Host, { container }: Place): Promise<Born> {
  return Born.parse(await host.engine.call('GET', `/containers/${container}/json`));
}
