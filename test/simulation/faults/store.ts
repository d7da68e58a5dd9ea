/** What befalls reads and writes of the tables beside their calls: stale indexes, batches done in part. */
import type { DynamoStoreOptions } from '#local/dynamodb/dynamo-store.ts';
import type { Hits } from './hit.ts';

type Options = Required<Pick<DynamoStoreOptions, 'staleIndexReads' | 'isLeftUndone'>>;

/** The cloud takes these when it is made, before there is anything that hits. */
export function disturbStore(hits: () => Hits | undefined): Options {
  return {
    staleIndexReads: ({ indexName, pending }) =>
      pending > 0 && hits()?.('stale_index', indexName) === true ? pending : 0,
    isLeftUndone: (request) => hits()?.('left_undone', request.tableName) === true,
  };
}
