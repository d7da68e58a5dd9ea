/** What a person does with the account, and what they can see of it. */
import { copyFileSync, mkdtempSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DescribeInstancesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { CreateRepositoryCommand, ECRClient } from '@aws-sdk/client-ecr';
import { RedriveExecutionCommand, SFNClient, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { readChunks } from '#aws/chunk-store.ts';
import { readPolicy } from '#aws/policy-store.ts';
import { parseItem, type Store } from '#aws/store.ts';
import type { HostRecord } from '#core/chunk.ts';
import { Rollout } from '#core/rollout.ts';
import { isOpen } from '#core/status.ts';
import { buildWorkload } from '#local/docker/workload-binary.ts';
import { type Account, REGISTRY } from './account.ts';
import { listNames } from './inventory.ts';
import { readSurroundings } from './surroundings.ts';

const LOOK_EVERY_MS = 250;
const STACK = 'Longshore';

export class Operator {
  readonly #account: Account;
  readonly #store: Store = {
    client: DynamoDBDocumentClient.from(new DynamoDBClient({})),
    policies: `${STACK}-policies`,
    rollouts: `${STACK}-rollouts`,
    hosts: `${STACK}-hosts`,
  };

  constructor(account: Account) {
    this.#account = account;
  }

  /** The address of each host in the room. */
  async addresses(ids: readonly string[]): Promise<Record<string, string>> {
    const { Reservations = [] } = await new EC2Client({}).send(
      new DescribeInstancesCommand({ InstanceIds: [...ids] }),
    );
    const instances = Reservations.flatMap((reservation) => reservation.Instances ?? []);
    return Object.fromEntries(
      instances.map(({ InstanceId = '', PrivateIpAddress = '' }) => [InstanceId, PrivateIpAddress]),
    );
  }

  async createRepository(repositoryName: string): Promise<void> {
    await new ECRClient({}).send(new CreateRepositoryCommand({ repositoryName }));
  }

  /** `docker build` and `docker push` of an image that says its version; returns the digest. */
  async push(version: string, env: Readonly<Record<string, string>> = {}): Promise<string> {
    const folder = mkdtempSync(path.join(readSurroundings().E2E_FOLDER, 'image-'));
    copyFileSync(await buildWorkload(), path.join(folder, 'workload'));
    const variables = Object.entries({ VERSION: version, ...env }).map(
      ([k, v]) => `ENV ${k}=${v}\n`,
    );
    const dockerfile = `FROM scratch\nCOPY workload /workload\n${variables.join('')}ENTRYPOINT ["/workload"]\n`;
    writeFileSync(path.join(folder, 'Dockerfile'), dockerfile);
    const name = `${REGISTRY}/shop/web:${version}`;
    await this.#account.docker('build', '-q', '-t', name, folder);
    const said = await this.#account.docker('push', name);
    const digest = /digest: (sha256:[a-f0-9]{64})/.exec(said)?.[1];
    if (digest === undefined) throw new Error(`docker push named no digest: ${said}`);
    return digest;
  }

  /** Of a policy, oldest first. */
  async rollouts(policy: string): Promise<Rollout[]> {
    const { Items = [] } = await this.#store.client.send(
      new ScanCommand({ TableName: this.#store.rollouts, ConsistentRead: true }),
    );
    return Items.filter((item) => item['item'] === 'meta' && item['policy'] === policy)
      .map((item) => parseItem(Rollout, item, 'a rollout'))
      .toSorted((a, b) => a.generation - b.generation);
  }

  /** The rollout of this version, as soon as there is one that fits. */
  async rolloutOf(
    version: string,
    fits: (rollout: Rollout) => boolean = () => true,
    policy = 'shop-web',
  ): Promise<Rollout> {
    for (;;) {
      const all = await this.rollouts(policy);
      const found = all.find((rollout) => rollout.image.tag === version && fits(rollout));
      if (found !== undefined) return found;
      await delay(LOOK_EVERY_MS);
    }
  }

  /** The rollout of this version when it is open no more. */
  ended(version: string, policy = 'shop-web'): Promise<Rollout> {
    return this.rolloutOf(version, ({ status }) => !isOpen(status), policy);
  }

  async hostRecords({ rollout }: Rollout): Promise<HostRecord[]> {
    return (await readChunks(this.#store, rollout)).flatMap((chunk) => chunk.hosts);
  }

  policy(id: string): ReturnType<typeof readPolicy> {
    return readPolicy(this.#store, id);
  }

  /** Stop execution, as in the console. */
  async stop(rollout: Rollout, cause: string): Promise<void> {
    const { execution_arn: executionArn } = rollout;
    await new SFNClient({}).send(new StopExecutionCommand({ executionArn, cause }));
  }

  /** Redrive, as in the console. */
  async redrive({ execution_arn: executionArn }: Rollout): Promise<void> {
    await new SFNClient({}).send(new RedriveExecutionCommand({ executionArn }));
  }

  /** What there is in the account whose name begins like that, by service; without the services that have none. */
  namesOf(prefix: string): Promise<Record<string, string[]>> {
    return listNames(prefix);
  }
}
