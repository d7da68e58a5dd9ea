/**
 * Every write names the version that it read: none writes over what it has not seen. What carries no version is
 * written once (the hosts that a stretch of planning found), or only ever grows (a tally's round, what was published).
 */
import type { Check } from './check.ts';
import { plainValue } from './wire-item.ts';

export const writtenOverNothing: Check = {
  name: 'I24',
  begin: ({ report }) => ({
    onWrite: (write) => {
      const { kind, before, after, call } = write;
      if (kind === 'tally') {
        const [was = 0, is = 0] = [before?.round, after?.round];
        if (is < was) report(`the tally ${after?.item} of round ${was} became one of round ${is}`);
        return;
      }
      if (kind === 'plan') return;
      if (kind === 'meta' && call.operation === 'UpdateItem') {
        const [was = 0, is = 0] = [before?.published_seq, after?.published_seq];
        if (is < was) report(`${after?.rollout} had published ${was} entries, and now ${is}`);
        return;
      }
      const title = titleOf(after ?? before);
      const [was, is] = [versionOf(before), versionOf(after)];
      if (call.operation === 'DeleteItem') {
        const values = call.input['ExpressionAttributeValues'];
        const named = readMember(values, ':version');
        if (named !== undefined && was !== named)
          report(`${title} was deleted as ${named}, and is ${was}`);
      } else if (is !== undefined && is !== (was ?? 0) + 1 && call.operation === 'PutItem') {
        report(`${title} became version ${is}, and was ${was ?? 'not there'}`);
      } else if (kind === 'other' && title.includes('hosts#') && before !== undefined) {
        report(`${title} was written over`);
      }
    },
  }),
};

function titleOf(item: object | undefined): string {
  return ['policy', 'rollout', 'item']
    .map((name) => readMember(item, name) ?? '')
    .join(' ')
    .trim();
}

function versionOf(item: object | undefined): number | undefined {
  const version = readMember(item, 'version');
  return typeof version === 'number' ? version : undefined;
}

function readMember(of: unknown, name: string): unknown {
  if (typeof of !== 'object' || of === null) return undefined;
  const value: unknown = Reflect.get(of, name);
  return name.startsWith(':') ? plainValue(value) : value;
}
