/** What happened on the hosts, recorded from outside from the first moment: their answers, their containers. */
import { request } from 'node:http';
import { createInterface } from 'node:readline';
import * as z from 'zod';

const ASK_EVERY_MS = 200;
const ANSWER_TIMEOUT_MS = 1_000;

export interface Answer {
  readonly host: string;
  readonly atMs: number;
  /** Of `/`: the version; undefined where nothing answers. */
  readonly version: string | undefined;
}

/** Every answer of every host's port, asked five times a second. */
export class AnswerRecord {
  readonly answers: Answer[] = [];
  readonly #hosts: Readonly<Record<string, string>>;
  readonly #timer: NodeJS.Timeout;

  /** Addresses by host. */
  constructor(hosts: Readonly<Record<string, string>>) {
    this.#hosts = hosts;
    this.#timer = setInterval(() => {
      for (const host of Object.keys(hosts)) void this.#ask(host);
    }, ASK_EVERY_MS);
  }

  /** What these hosts answer at this moment. */
  look(hosts: readonly string[]): Promise<(string | undefined)[]> {
    return Promise.all(hosts.map((host) => this.#ask(host)));
  }

  /** The hosts that ever answered this version. */
  hostsOf(version: string): string[] {
    const said = this.answers.filter((answer) => answer.version === version);
    return [...new Set(said.map(({ host }) => host))];
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #ask(host: string): Promise<string | undefined> {
    const atMs = Date.now();
    const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
    const version = await fetch(`http://${this.#hosts[host]}:8080/`, { signal }).then(
      async (answer) => (await answer.text()).trim(),
      () => undefined,
    );
    this.answers.push({ host, atMs, version });
    return version;
  }
}

const ContainerEvent = z.object({
  Actor: z.object({ Attributes: z.object({ image: z.string() }) }),
});

export interface Creation {
  readonly host: string;
  readonly image: string;
}

/** Every container that an Engine created, from the Engine's own events. */
export class CreationRecord {
  readonly creations: Creation[] = [];

  /** The host of each container that was made of this digest. */
  hostsOf(digest: string): string[] {
    return this.creations.filter(({ image }) => image.includes(digest)).map(({ host }) => host);
  }

  /** Resolves when the Engine has begun to tell. */
  watch(host: string, socketPath: string): Promise<void> {
    const filters = encodeURIComponent(JSON.stringify({ type: ['container'], event: ['create'] }));
    const target = `/events?since=0&filters=${filters}`;
    return new Promise((resolve, reject) => {
      const call = request({ socketPath, path: target, agent: false }, (answer) => {
        const lines = createInterface({ input: answer });
        lines.on('line', (line) => {
          const { image } = ContainerEvent.parse(JSON.parse(line)).Actor.Attributes;
          this.creations.push({ host, image });
        });
        lines.on('error', () => {}); // The host or its Engine was killed.
        resolve();
      });
      call.on('error', reject);
      call.end();
    });
  }
}
