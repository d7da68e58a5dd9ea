/** A cloud that is kept up as `--keep` does it, on a wall clock that the test turns by hand. */
import { DescribeImagesCommand, ECRClient, PutImageCommand } from '@aws-sdk/client-ecr';
import { SFNClient } from '@aws-sdk/client-sfn';
import { onTestFinished } from 'vitest';
import { type Address, type Keep, keepUp } from '#local/keep/keep-up.ts';
import { LivePace } from '#local/keep/live-pace.ts';
import { Pacer } from '#local/view/pacer.ts';
import { listener, stackWith } from '../run/rig.ts';
import { clientOf } from '../serve/place.ts';
import { HandWall } from './hand-wall.ts';

/** Virtual seconds a second. */
export const SPEED = 120;
const MINUTE_MS = 60_000;

export interface Kept {
  address: Address;
  wall: HandWall;
  ecr: ECRClient;
  sfn: SFNClient;
  /** What was told so far. */
  words(): string[];
  /** How often the picture changed, and how often it was left as it was. */
  pictures(): { shown: number; kept: number };
  /** Lets virtual minutes pass. */
  pass(minutes: number): Promise<void>;
  /** Lets time pass until something like this was told. */
  passUntil(words: RegExp): Promise<void>;
  push(tag: string, annotations?: Record<string, string>): Promise<string>;
  pushedAtMs(tag: string): Promise<number>;
  end(): Promise<void>;
}

export async function keepCloud({
  policy,
  ...options
}: Partial<Keep> & { policy?: Record<string, unknown> } = {}): Promise<Kept> {
  const wall = new HandWall();
  const heard = listener();
  let kept = 0;
  const pace = new LivePace(undefined);
  const ended = new AbortController();
  const up = Promise.withResolvers<Address>();
  const run = keepUp({
    port: 0,
    playsStory: false,
    options: { hosts: 20, failing: 0, silent: 0, seed: 1 },
    audience: {
      ...heard,
      keep: () => void kept++,
      pass: (fromMs, toMs) => pace.pass(fromMs, toMs),
    },
    pace,
    livePacer: new Pacer(SPEED, wall),
    readStack: async () => stackWith(policy),
    untilEnded: () => ended.signal,
    onListening: () => {},
    onUp: up.resolve,
    ...options,
  });
  run.catch(up.reject);
  const end = async () => {
    ended.abort();
    await run;
  };
  onTestFinished(end);
  const address = await up.promise;
  const client = clientOf(address.endpoint);
  const ecr = new ECRClient(client);
  const { repository: repositoryName } = address;
  const words = () => heard.notes.map(({ text }) => text);
  const pass = (minutes: number) => wall.pass((minutes * MINUTE_MS) / SPEED);
  return {
    address,
    wall,
    ecr,
    sfn: new SFNClient(client),
    words,
    pictures: () => ({ shown: heard.frames.length, kept }),
    pass,
    passUntil: async (wanted) => {
      for (let minute = 0; !words().some((text) => wanted.test(text)); minute++) {
        if (minute > 1_440) throw new Error(`never told: ${wanted}\n${words().join('\n')}`);
        await pass(1);
      }
    },
    push: async (imageTag, annotations = {}) => {
      const imageManifest = JSON.stringify({
        schemaVersion: 2,
        annotations: { version: imageTag, ...annotations },
      });
      const put = new PutImageCommand({ repositoryName, imageTag, imageManifest });
      return (await ecr.send(put)).image?.imageId?.imageDigest ?? '';
    },
    pushedAtMs: async (imageTag) => {
      const read = new DescribeImagesCommand({ repositoryName, imageIds: [{ imageTag }] });
      return (await ecr.send(read)).imageDetails?.[0]?.imagePushedAt?.getTime() ?? 0;
    },
    end,
  };
}
