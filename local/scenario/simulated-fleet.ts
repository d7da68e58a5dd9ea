/** Simulated hosts on the stage. Which of them fail or are silent is drawn from the seed. */
import type { HostEvent } from '../hosts/host-state.ts';
import type { SimulatedHost } from '../hosts/simulated-host.ts';
import type { LocalCloud } from '../local-cloud.ts';
import type { Random } from '../seeded-random.ts';
import type { StageFleet, StagePush } from './stage-fleet.ts';
import type { StoryOptions } from './story.ts';
import { REPOSITORY, type StoryHosts } from './story-policy.ts';

/** A Monday morning. */
const START_MS = Date.UTC(2026, 2, 2, 9);

export class SimulatedFleet implements StageFleet {
  readonly startMs = START_MS;
  readonly cloudOptions = { hosts: { keepsLogs: false } };
  readonly #hosts: StoryHosts;
  readonly #options: StoryOptions;
  #cloud: LocalCloud | undefined;
  #list: readonly SimulatedHost[] = [];
  #ids: readonly string[] = [];
  #failing: ReadonlySet<string> = new Set();
  #silent: ReadonlySet<string> = new Set();

  constructor(hosts: StoryHosts, options: StoryOptions) {
    this.#hosts = hosts;
    this.#options = options;
  }

  async enter(cloud: LocalCloud): Promise<string> {
    const { failing, silent, hosts } = this.#options;
    const { tags, container } = this.#hosts;
    this.#cloud = cloud;
    const v1 = cloud.ecr.push(REPOSITORY, { tag: 'v1' });
    this.#list = cloud.fleet.addMany(hosts, () => ({ tags, containers: { [container]: v1 } }));
    this.#ids = this.#list.map(({ id }) => id);
    const drawn = shuffle(this.ids, cloud.random);
    this.#silent = new Set(drawn.slice(0, silent));
    this.#failing = new Set(drawn.slice(silent, silent + failing));
    for (const id of this.#silent) cloud.fleet.host(id).faults = { silent: 'before_work' };
    return v1;
  }

  get ids(): readonly string[] {
    return this.#ids;
  }

  get failing(): ReadonlySet<string> {
    return this.#failing;
  }

  get silent(): ReadonlySet<string> {
    return this.#silent;
  }

  async push({ tag, digest: known, bad }: StagePush): Promise<string> {
    const { ecr, fleet } = this.#onStage();
    const digest = ecr.push(REPOSITORY, { tag, ...(known !== undefined && { digest: known }) });
    for (const id of bad) {
      const host = fleet.host(id);
      const before = host.faults.unhealthyDigests ?? new Set();
      host.faults = { ...host.faults, unhealthyDigests: new Set([...before, digest]) };
    }
    return digest;
  }

  async readRunning(): Promise<Map<string, string | undefined>> {
    const { container } = this.#hosts;
    return new Map(this.#list.map((host) => [host.id, host.running(container)]));
  }

  async readAnswers(): Promise<undefined> {}

  watchWaysBack(): ReadonlyMap<string, number> {
    const atMs = new Map<string, number>();
    this.#onStage().fleet.onEvent = (event: HostEvent) => {
      if (event.kind !== 'started' || event.container !== this.#hosts.container) return;
      if (event.because === 'undo' || event.because === 'restore') atMs.set(event.host, event.atMs);
      else atMs.delete(event.host);
    };
    return atMs;
  }

  async close(): Promise<void> {}

  #onStage(): LocalCloud {
    if (this.#cloud === undefined) throw new Error('the hosts have not taken the stage');
    return this.#cloud;
  }
}

/** Fisher and Yates. */
function shuffle<Value>(values: readonly Value[], random: Random): Value[] {
  const shuffled = [...values];
  for (let last = shuffled.length - 1; last > 0; last--) {
    const at = Math.floor(random() * (last + 1));
    const [one, other] = [shuffled[at], shuffled[last]];
    if (one === undefined || other === undefined) continue;
    shuffled[at] = other;
    shuffled[last] = one;
  }
  return shuffled;
}
