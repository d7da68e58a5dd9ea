/** What the mirror takes from the one kind of write that does not carry a whole item. */
import { describe, expect, it } from 'vitest';
import { readWrites } from './written.ts';

const KEY = { rollout: 'r', item: 'meta' };

describe('an update', () => {
  it('sets what it names, and leaves the version before as it was', () => {
    const before = { ...KEY, settled: false, hold: { ended: { resume: 'no', by: 'ada' } } };
    const kept = structuredClone(before);
    const call = {
      service: 'dynamodb',
      operation: 'UpdateItem',
      input: {
        TableName: 'Longshore-rollouts',
        Key: { rollout: { S: 'r' }, item: { S: 'meta' } },
        UpdateExpression: 'SET #hold.ended.resume = :resume, settled = :settled',
        ExpressionAttributeNames: { '#hold': 'hold' },
        ExpressionAttributeValues: { ':resume': { S: 'yes' }, ':settled': { BOOL: true } },
      },
      atMs: 0,
      caller: undefined,
    } as const;
    const [written] = readWrites(call, { output: {} }, () => before);
    const hold = { ended: { resume: 'yes', by: 'ada' } };
    expect(written?.item).toEqual({ ...KEY, settled: true, hold });
    expect(before).toEqual(kept);
  });
});
