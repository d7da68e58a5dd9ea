/** That people were told of what waits for one, once faults have stopped and a sweep has run. */
import { Rollout } from '#core/rollout.ts';
import { isOpen } from '#core/status.ts';
import { newsOf } from '#test/invariants/news.ts';
import { asList, readWireItem } from '#test/invariants/wire-item.ts';
import type { Stage } from './stage.ts';

/** What nobody was told of. What has ended no sweep looks at: its notice may be lost. */
export async function judgeTold({ cloud }: Stage, stack: string): Promise<string[]> {
  const { Items = [] } = await cloud.dynamo.apply('Scan', { TableName: `${stack}-rollouts` });
  const items = asList(Items).map((item) => readWireItem(item).value);
  const told = new Map(
    items
      .filter(({ item }) => item === 'told')
      .map(({ rollout, seq }) => [String(rollout), Number(seq)]),
  );
  return items
    .filter(({ item }) => item === 'meta')
    .map((item) => Rollout.parse(item))
    .filter(({ status, settings }) => isOpen(status) && settings.notifications.length > 0)
    .flatMap(({ rollout, log }) => newsOf(log).map(({ seq }) => ({ rollout, seq })))
    .filter(({ rollout, seq }) => seq > (told.get(rollout) ?? 0))
    .map(({ rollout, seq }) => `at rest: nobody was told of ${rollout}/${seq}`);
}
