/** How often each edge of a machine was walked, in each engine. */
import { edgesOf, Machine, walkedEdges } from '#test/statemachines/edges.ts';
import { type MachineName, readMachine } from '#test/statemachines/story.ts';
import type { Account } from './account.ts';

export interface EdgeCount {
  readonly edge: string;
  readonly embedded: number;
  readonly second: number;
}

/** The edges of the definition first; what was walked besides them follows. */
export function countEdges(
  name: MachineName,
  accounts: Readonly<Record<'embedded' | 'second', readonly Account[]>>,
): EdgeCount[] {
  const machine = Machine.parse(JSON.parse(readMachine(name)));
  const embedded = countsOf(machine, accounts.embedded);
  const second = countsOf(machine, accounts.second);
  const edges = new Set([...edgesOf(machine), ...embedded.keys(), ...second.keys()]);
  return Array.from(edges, (edge) => ({
    edge,
    embedded: embedded.get(edge) ?? 0,
    second: second.get(edge) ?? 0,
  }));
}

/** Of the machine's executions: those that began where it begins, by themselves or as children. */
function countsOf(machine: Machine, accounts: readonly Account[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { visited, events, status } of accounts.flatMap(executionsOf)) {
    if (visited[0] !== machine.StartAt) continue;
    const end = status === 'SUCCEEDED' ? [{ type: 'ExecutionSucceeded' }] : [];
    for (const edge of walkedEdges([...events, ...end])) {
      counts.set(edge, (counts.get(edge) ?? 0) + 1);
    }
  }
  return counts;
}

/** Children come without the event that tells of their end; here nobody has one. */
function executionsOf(account: Account) {
  const events = account.events.slice(0, -1);
  return [{ ...account, events }, ...account.children];
}
