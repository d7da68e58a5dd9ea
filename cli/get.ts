/** `longshore get`: the rollouts under way and the newest that have ended, or one of them whole. */

import { readChunks } from '#aws/chunk-store.ts';
import { findByStatus } from '#aws/find-rollouts.ts';
import { type Operations, openOperations } from '#aws/operations.ts';
import { type Rollout, standingOf } from '#core/rollout.ts';
import { isOpen, RolloutStatus } from '#core/status.ts';
import type { Around, ExitCode } from './around.ts';
import { readNamed, shortName } from './name-rollout.ts';
import { readStackName } from './project.ts';
import { rolloutJson, wholeJson } from './record.ts';
import { progressOf, renderHosts, renderList, renderOne } from './render-record.ts';

/** Where the stack is, and how to answer: what every operating command takes. */
export interface StackOptions {
  stack?: string;
  region?: string;
  json?: boolean;
}

export interface GetOptions extends StackOptions {
  hosts?: boolean;
}

const MOST_OPEN = 100;
const MOST_ENDED = 10;

export function openStack({ stack, region }: StackOptions, around: Around): Operations {
  return openOperations(around.runtime(region), stack ?? readStackName(around.cwd));
}

export function showJson(value: unknown, { out }: Around): void {
  out.write(`${JSON.stringify(value, null, 2)}\n`);
}

export async function get(
  name: string | undefined,
  options: GetOptions,
  around: Around,
): Promise<ExitCode> {
  const operations = openStack(options, around);
  if (name === undefined) {
    await showAll(operations, options, around);
    return 0;
  }
  const rollout = await readNamed(operations, name);
  const chunks = await readChunks(operations.store, rollout.rollout);
  if (options.json) {
    showJson(wholeJson(rollout, chunks), around);
    return 0;
  }
  around.out.write(renderOne(progressOf(rollout, chunks), operations.nowMs(), around.out));
  if (options.hosts) around.out.write(`\n${renderHosts(chunks)}`);
  return 0;
}

async function showAll(
  operations: Operations,
  { json }: StackOptions,
  around: Around,
): Promise<void> {
  const rollouts = await readAll(operations);
  if (json) {
    showJson({ rollouts: rollouts.map(rolloutJson) }, around);
    return;
  }
  const [first] = rollouts;
  if (first === undefined) {
    const { stack, region } = operations;
    around.out.write(
      `${stack} in ${await region()} has had no rollout yet. A push begins one; longshore policy plan foresees it.\n`,
    );
    return;
  }
  const name = shortName(first);
  const isUnderWay = isOpen(standingOf(first));
  const other = isUnderWay ? `watch ${name} follows it` : `history ${name} says who did what`;
  const next = `longshore get ${name} shows it whole, longshore ${other}`;
  around.out.write(`${renderList(rollouts, around.out)}\n${next}\n`);
}

async function readAll({ store }: Operations): Promise<Rollout[]> {
  const [openStatuses, endStatuses] = [true, false].map((open) =>
    RolloutStatus.options.filter((status) => isOpen(status) === open),
  );
  const open = await findByStatus(store, openStatuses ?? [], MOST_OPEN);
  const ended = await findByStatus(store, endStatuses ?? [], MOST_ENDED);
  // One may have ended between the two looks.
  const known = new Set(open.map(({ rollout }) => rollout));
  return [...open, ...ended.filter(({ rollout }) => !known.has(rollout)).slice(0, MOST_ENDED)];
}
