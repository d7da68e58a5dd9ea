/** What deployments and other hands do to policies while rollouts run. */

import { parsePolicy } from '#core/policy.ts';
import { parseSettings } from '#core/settings.ts';
import { storedPolicy } from '#core/stored-policy.ts';
import { LambdaError } from '#local/lambda/lambda-error.ts';
import { asList, isRecord } from '#test/invariants/wire-item.ts';
import { textOf } from '../ledger.ts';
import { lasting, STACK, type Stage } from '../stage.ts';
import type { Document, Doing } from '../world.ts';

type Of<Kind extends Doing['kind']> = Extract<Doing, { kind: Kind }>;

export function edit(stage: Stage, { policy, changes }: Of<'edit'>): void {
  const document = stage.documents.get(policy);
  if (document === undefined) return;
  stage.documents.set(policy, { ...document, ...changes });
  deploy(stage, `edit ${policy}: ${JSON.stringify(changes)}`, 'a policy was edited');
}

export function freeze(stage: Stage, { isNext, ...how }: Of<'freeze'>): void {
  if (!isNext) {
    freezeNow(stage, how);
    return;
  }
  const { cloud } = stage;
  const { onTransition } = cloud;
  let isSet = false;
  cloud.onTransition = (transition) => {
    onTransition?.(transition);
    if (transition.to !== 'Open batch' || isSet || !stage.isRough) return;
    isSet = true;
    // Between the door, which asks it first, and the send.
    const inMs = stage.draw.int(`freeze ${how.policy} ${how.forMs}`, 0, 400);
    cloud.clock.schedule(cloud.clock.nowMs() + inMs, () => freezeNow(stage, how));
  };
}

function freezeNow(stage: Stage, { policy, forMs }: Pick<Of<'freeze'>, 'policy' | 'forMs'>): void {
  const document = stage.documents.get(policy);
  if (document === undefined) return;
  const nowMs = stage.cloud.clock.nowMs();
  const [from, to] = [nowMs, nowMs + forMs].map((atMs) =>
    new Date(atMs).toISOString().replace(/\.\d+Z$/, 'Z'),
  );
  stage.documents.set(policy, {
    ...document,
    freezes: [{ from, to, why: 'the books are closed' }],
  });
  deploy(stage, `freeze ${policy} until ${to}`, 'a freeze was set');
  // Every other one is lifted before its time: what sleeps until its end is to go on sooner.
  if (stage.draw.int(`lift ${policy} ${forMs}`, 0, 1) === 0) return;
  lasting(stage, forMs / 3, () => {
    const now = stage.documents.get(policy);
    if (now === undefined) return;
    stage.documents.set(policy, { ...now, freezes: [] });
    deploy(stage, `lift the freeze of ${policy}`, 'a freeze was lifted');
  });
}

export function removePolicy(stage: Stage, { policy, forMs, isTaken }: Of<'remove_policy'>): void {
  const document = stage.documents.get(policy);
  if (document === undefined) return;
  stage.documents.delete(policy);
  const giveBack = isTaken ? takeOver(stage, String(document['id'])) : () => {};
  deploy(stage, `remove ${policy}`, 'a policy was removed');
  lasting(stage, forMs, () => {
    giveBack();
    stage.documents.set(policy, document);
    deploy(stage, `add ${policy} again`, 'a policy was added again');
  });
}

/**
 * Right after the deployment has read the policies, another program writes this one, as its own. Answers how that
 * program lets go of it again.
 */
function takeOver(stage: Stage, id: string): () => void {
  const { cloud } = stage;
  const { wire } = cloud;
  const { onCall } = wire;
  const TableName = `${STACK}-policies`;
  let taken: Readonly<Record<string, unknown>> | undefined;
  // Those who watch the tables hear of it as of any other call.
  const call = (operation: string, input: Record<string, unknown>) =>
    cloud.clock.spawn(async () => {
      await cloud.dynamo.apply(operation, input);
      const atMs = cloud.clock.nowMs();
      wire.onCall?.(
        { service: 'dynamodb', operation, input, atMs, caller: undefined },
        { output: {} },
      );
    });
  wire.onCall = (read, outcome) => {
    onCall?.(read, outcome);
    const isRead =
      read.operation === 'Scan' && read.caller?.functionName.endsWith('-apply-policies');
    if (!isRead || taken !== undefined || !('output' in outcome)) return;
    const Item = asList(outcome.output['Items']).find(
      (item) => textOf(item, 'policy') === id && textOf(item, 'item') === 'spec',
    );
    if (!isRecord(Item)) return;
    taken = Item;
    stage.counters.count('a policy was taken over while it was removed');
    stage.tell(`another program takes ${id} over`);
    const version = { N: String(Number(textOf(Item, 'version', 'N')) + 1) };
    call('PutItem', { TableName, Item: { ...Item, version, source: { S: 'api' } } });
  };
  return () => {
    if (taken === undefined) return;
    const { policy, item } = taken;
    call('DeleteItem', { TableName, Key: { policy, item } });
  };
}

/** Its hosts then have a policy of another name. */
export function renamePolicy(stage: Stage, { policy }: Of<'rename_policy'>): void {
  const document = stage.documents.get(policy);
  if (document === undefined) return;
  const id = `${String(document['id']).slice(0, 30)}-2`;
  stage.documents.set(policy, { ...document, id, on_create: 'rollout' });
  deploy(stage, `rename ${policy} to ${id}`, 'a policy was renamed');
}

/** What CloudFormation has the custom resource do; a refused deployment changes nothing. Counted where it was done. */
function deploy(stage: Stage, what: string, done: string): void {
  const { cloud, documents } = stage;
  stage.tell(what);
  cloud.clock.spawn(async () => {
    try {
      await cloud.functions.invoke(`${STACK}-apply-policies`, {
        RequestType: 'Update',
        ResourceProperties: { policies: JSON.stringify([...documents.values()]) },
      });
      stage.counters.count(done);
    } catch (error) {
      if (!(error instanceof LambdaError)) throw error;
      stage.counters.count('a deployment failed');
      stage.tell(`the deployment failed: ${error.errorCause.slice(0, 200)}`);
    }
  });
}

/** A policy that another program stored, and that no release can read. */
export function poison(stage: Stage, { repository }: Of<'poison'>): void {
  const { cloud, counters } = stage;
  const written: Document = { id: 'poison', image_pattern: `${repository}:*`, fleet_id: 'poison' };
  const parsed = parsePolicy(written, parseSettings({}));
  if (!parsed.ok) throw new Error('the poison must look like a policy');
  const stored = storedPolicy(parsed.policy, { ...written, health_check: 7 }, undefined, 0);
  const texts = ['policy', 'item', 'repository_key', 'repository_prefix', 'container_key'] as const;
  const Item = {
    ...Object.fromEntries(texts.map((name) => [name, { S: String(stored[name]) }])),
    version: { N: '1' },
    source: { S: 'api' },
    updated_at_ms: { N: '0' },
    document: {
      M: {
        id: { S: 'poison' },
        image_pattern: { S: written['image_pattern'] },
        fleet_id: { S: 'poison' },
        health_check: { N: '7' },
      },
    },
  };
  counters.count('a poison policy');
  stage.tell(`a policy that cannot be read is stored for ${repository}`);
  const TableName = `${STACK}-policies`;
  cloud.clock.spawn(async () => void (await cloud.dynamo.apply('PutItem', { TableName, Item })));
}
