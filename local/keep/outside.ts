/**
 * What programs outside ask of the cloud, and what is told of it: each push, and what came of it. The calls
 * are not counted among the product's.
 */
import * as z from 'zod';
import type { ServiceName } from '../aws-json.ts';
import type { LocalCloud } from '../local-cloud.ts';
import { isStart, type Play, shortDigest } from '../scenario/play.ts';
import type { OutsideCall } from '../serve/read-call.ts';
import type { Service } from '../service.ts';
import { ServiceError } from '../service-error.ts';
import type { LivePace } from './live-pace.ts';

/** As PutImage answers. */
const Put = z.object({
  image: z.object({
    repositoryName: z.string(),
    imageId: z.object({ imageDigest: z.string(), imageTag: z.string().optional() }),
  }),
});

export class Outside {
  readonly #play: Play;
  readonly #pace: LivePace;
  readonly #services: Readonly<Record<ServiceName, Service>>;
  /** The image that was pushed last, until something was decided. */
  #pushed: string | undefined;
  #isLive = false;

  constructor(play: Play, pace: LivePace, endpoint: string) {
    this.#play = play;
    this.#pace = pace;
    this.#services = servicesOf(play.stage.cloud, endpoint);
  }

  /** The story is over: from now on all that happens is told here. */
  begin(): void {
    this.#isLive = true;
    const { narrator } = this.#play;
    narrator.onSettled = () => {
      this.#tellDecision();
      if (narrator.isAtEnd) narrator.keep();
    };
  }

  async answer(call: OutsideCall): Promise<Record<string, unknown>> {
    await this.#pace.arrive();
    try {
      const output = await this.#services[call.service].apply(call.operation, { ...call.input });
      if (call.service === 'ecr' && call.operation === 'PutImage') this.#tellPush(output);
      return output;
    } catch (error) {
      if (!(error instanceof ServiceError)) this.#tellFault(call, error);
      throw error;
    } finally {
      this.#pace.leave();
    }
  }

  #tellPush(output: Record<string, unknown>): void {
    const { stage, narrator } = this.#play;
    const { repositoryName, imageId } = Put.parse(output).image;
    const { imageDigest: digest, imageTag: tag } = imageId;
    const name = tag === undefined ? repositoryName : `${repositoryName}:${tag}`;
    if (tag !== undefined && !stage.tags.has(digest)) stage.tags.set(digest, tag);
    narrator.say(`push ${name} (${shortDigest(digest)}), from outside`);
    if (!this.#isLive || tag === undefined) return;
    narrator.log.forget();
    this.#pushed = name;
  }

  #tellDecision(): void {
    if (this.#pushed === undefined) return;
    const { narrator } = this.#play;
    const { considered } = narrator.log;
    const last = considered.at(-1);
    if (last === undefined) return;
    // A rollout that begins tells of itself.
    if (!considered.some(isStart)) narrator.say(`${this.#pushed} starts nothing: ${last.reason}`);
    this.#pushed = undefined;
  }

  #tellFault({ service, operation }: OutsideCall, error: unknown): void {
    const why = error instanceof Error ? error.message : String(error);
    this.#play.narrator.say(
      `a fault of the embedded cloud in ${service} ${operation}: ${why}`,
      'bad',
    );
  }
}

function servicesOf(cloud: LocalCloud, endpoint: string): Record<ServiceName, Service> {
  const { dynamo, ec2, ssm, stepFunctions, ecr, sns, sqs, events, sts } = cloud;
  return {
    dynamodb: dynamo,
    ec2,
    sns,
    ssm,
    sfn: stepFunctions,
    ecr,
    sqs: { apply: async (action, input) => localUrls(await sqs.apply(action, input), endpoint) },
    events,
    sts,
  };
}

/** SDKs send what concerns a queue to the host in its URL, whatever endpoint they have. */
function localUrls(output: Record<string, unknown>, endpoint: string): Record<string, unknown> {
  const { QueueUrl: url } = output;
  if (typeof url !== 'string') return output;
  return { ...output, QueueUrl: `${endpoint}${new URL(url).pathname}` };
}
