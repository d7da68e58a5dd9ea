/**
 * The hosts on the stage, and the registry that they pull from. The story asks them, not the product, what
 * runs where; simulated ones answer from memory, real ones look at their Engines.
 */
import type { LocalCloud, LocalCloudOptions } from '../local-cloud.ts';

export interface StagePush {
  tag: string;
  /** Tags an image that is there already. */
  digest?: string;
  /** Hosts on which the image fails its health check. */
  bad: ReadonlySet<string>;
}

export interface StageFleet {
  /** When the story begins. */
  readonly startMs: number;
  /** What the cloud has to know of the hosts when it is made. */
  readonly cloudOptions: Pick<LocalCloudOptions, 'hosts' | 'managedHosts'>;
  /** The hosts take the stage and run v1, whose digest it returns. Before that there are none. */
  enter(cloud: LocalCloud): Promise<string>;
  readonly ids: readonly string[];
  /** Hosts that fail the health check of v2. */
  readonly failing: ReadonlySet<string>;
  /** Hosts that take commands and never answer. */
  readonly silent: ReadonlySet<string>;
  /** As `docker push` does it; the registry raises the event. Returns the digest. */
  push(push: StagePush): Promise<string>;
  /** Host → digest that it runs now. */
  readRunning(): Promise<Map<string, string | undefined>>;
  /** Host → version that answers on its port; undefined where there are no ports. */
  readAnswers(): Promise<ReadonlyMap<string, string | undefined> | undefined>;
  /** Host → when it took the container from before again; filled in from now on. */
  watchWaysBack(): ReadonlyMap<string, number>;
  /** Nothing of the hosts is left. */
  close(): Promise<void>;
}
