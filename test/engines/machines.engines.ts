/**
 * Every story of the machines, in the embedded interpreter and in the second engine: what each tells of it
 * must be equal in every event, every output, every call and every instant, and each walks every edge.
 */
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { edgesOf, Machine } from '#test/statemachines/edges.ts';
import { type Played, play } from '#test/statemachines/play.ts';
import { STORIES } from '#test/statemachines/stories.ts';
import { MACHINES, readMachine, type Script, scriptOf } from '#test/statemachines/story.ts';
import { type Account, accountOfEmbedded, accountOfSecond, withoutInstants } from './account.ts';
import { ACCEPTED_TITLES, acceptedFields, differencesBetween } from './differences.ts';
import { countEdges } from './edge-counts.ts';
import { runSecond, type SecondReport } from './second-engine.ts';

let played: Played[] = [];
let reports: SecondReport[] = [];
let embedded: Account[] = [];
let second: Account[] = [];

beforeAll(async () => {
  const scripts = STORIES.map(scriptOf).map(withoutJitter);
  reports = runSecond(scripts);
  played = await Promise.all(scripts.map(play));
  second = reports.map(accountOfSecond);
  embedded = played.map(accountOfEmbedded);
  // The second engine has no two children at once: each begins when the one before it has ended.
  for (const [index, { isConcurrent }] of STORIES.entries()) {
    if (!isConcurrent) continue;
    embedded = embedded.with(index, withoutInstants(embedded[index]));
    second = second.with(index, withoutInstants(second[index]));
  }
});

afterAll(() => {
  const file = process.env['ENGINES_REPORT'];
  if (file === undefined) return;
  const machines = Object.fromEntries(
    MACHINES.map((name) => [name, countEdges(name, { embedded, second })]),
  );
  const accepted = STORIES.map(({ title }) => ({ title, fields: acceptedFields(title) }));
  const differences = accepted.filter(({ fields }) => fields.length > 0);
  writeFileSync(file, JSON.stringify({ stories: STORIES.length, machines, differences }));
});

/** Jitter is drawn at random; without it the instants of two engines can be compared. */
function withoutJitter({ definition, ...script }: Script): Script {
  return { ...script, definition: definition.replaceAll('"FULL"', '"NONE"') };
}

function storyAt(index: number) {
  const [run, report] = [played[index], reports[index]];
  const [one, other] = [embedded[index], second[index]];
  if (!run || !report || !one || !other) throw new Error(`Story ${index} was not played`);
  return { run, report, one, other };
}

describe.each(STORIES.map((story, index) => ({ ...story, index })))(
  '$machine: $title',
  ({ index, title, ends }) => {
    it('is told alike by both engines', () => {
      const { one, other } = storyAt(index);
      const accepted = new Set(acceptedFields(title));

      const differences = differencesBetween(one, other);

      expect(differences.filter(({ field }) => !accepted.has(field))).toEqual([]);
      expect(new Set(differences.map(({ field }) => field))).toEqual(accepted);
    });

    it('ends as the story says in both, and asks for every answer', () => {
      const { run, report, one, other } = storyAt(index);

      expect([one.status, other.status]).toEqual([ends ?? 'SUCCEEDED', ends ?? 'SUCCEEDED']);
      expect([run.unused, report.unused, report.unanswered]).toEqual([0, 0, []]);
    });
  },
);

describe.each(MACHINES)('%s.asl.json', (name) => {
  it.each(['embedded', 'second'] as const)('is walked over every edge by the %s engine', (of) => {
    const counts = countEdges(name, { embedded, second });

    expect(counts.filter((count) => count[of] === 0).map(({ edge }) => edge)).toEqual([]);
  });

  it('is walked over no other edge', () => {
    const edges = edgesOf(Machine.parse(JSON.parse(readMachine(name))));

    const counts = countEdges(name, { embedded, second });

    expect(counts.filter(({ edge }) => !edges.has(edge))).toEqual([]);
  });
});

it('accepts differences of stories that exist, and of none twice', () => {
  const titles = STORIES.map(({ title }) => title);

  expect(ACCEPTED_TITLES.filter((title) => !titles.includes(title))).toEqual([]);
  expect(new Set(ACCEPTED_TITLES).size).toBe(ACCEPTED_TITLES.length);
});
