import { expect, it } from 'vitest';
import { nameAskers } from '#cli/name-askers.ts';

const ADA = 'arn:aws:iam::111122223333:user/ada';
const OTHER_ADA = 'arn:aws:sts::111122223333:assumed-role/Ops/ada';

it.each([
  ['words as they are', ['ecr', 'longshore'], ['ecr', 'longshore'], []],
  ['a principal by its last part', [ADA], ['ada'], [`ada is ${ADA}`]],
  ['a principal once', [ADA, `${ADA} (bea)`], ['ada', 'ada (bea)'], [`ada is ${ADA}`]],
  [
    'two principals apart',
    [ADA, OTHER_ADA, `${OTHER_ADA} (bea)`],
    ['ada', 'ada~2', 'ada~2 (bea)'],
    [`ada is ${ADA}`, `ada~2 is ${OTHER_ADA}`],
  ],
  [
    'a principal by no word that somebody wrote in the console',
    [ADA, 'ada'],
    ['ada~2', 'ada'],
    [`ada~2 is ${ADA}`],
  ],
])('names %s', (_, askers, short, legend) => {
  const named = nameAskers(askers);

  expect(askers.map((by) => named.names.get(by))).toEqual(short);
  expect(named.legend).toEqual(legend);
});
