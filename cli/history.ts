/** `longshore history`: who did what to a rollout, when and why; or the rollouts of a policy. */
import { findByPolicy } from '#aws/find-rollouts.ts';
import { type LogEntry, type Rollout, rolloutTitle } from '#core/rollout.ts';
import { type Paint, styleOf } from '#core/view/format.ts';
import { tellEntry } from '#core/view/tone.ts';
import { type Around, BadInputError, type ExitCode } from './around.ts';
import { isoOf, line, paintFor, wrap } from './format.ts';
import { openStack, type StackOptions, showJson } from './get.ts';
import { nameAskers } from './name-askers.ts';
import { isPolicyName, readNamed, shortName } from './name-rollout.ts';
import { entryJson, rolloutJson } from './record.ts';
import { renderList } from './render-record.ts';

const MOST_ROLLOUTS = 50;

export async function history(
  name: string,
  options: StackOptions,
  around: Around,
): Promise<ExitCode> {
  const operations = openStack(options, around);
  if (isPolicyName(name)) {
    const rollouts = await findByPolicy(operations.store, name, MOST_ROLLOUTS);
    const [first] = rollouts;
    if (first === undefined) {
      throw new BadInputError(`${name} has had no rollout; "longshore get" lists what there is`);
    }
    if (options.json) showJson({ policy: name, rollouts: rollouts.map(rolloutJson) }, around);
    else {
      const next = `longshore history ${shortName(first)} says who did what to it`;
      around.out.write(`${renderList(rollouts, around.out)}\n${next}\n`);
    }
    return 0;
  }
  const rollout = await readNamed(operations, name);
  if (options.json) {
    const log = rollout.log.map(entryJson);
    showJson({ rollout_id: rollout.rollout, title: rolloutTitle(rollout), log }, around);
  } else around.out.write(renderLog(rollout, paintFor(around.out)));
  return 0;
}

function renderLog(rollout: Rollout, paint: Paint): string {
  const { names, legend } = nameAskers(rollout.log.map(({ who }) => who));
  const width = Math.max(...names.values().map(({ length }) => length));
  const lines = rollout.log.flatMap((entry) => {
    const name = (names.get(entry.who) ?? entry.who).padEnd(width);
    return renderEntry(rollout.log, entry, name, paint);
  });
  const below = legend.length === 0 ? [] : ['', ...legend];
  return `${[paint('bold', rolloutTitle(rollout)), ...lines, ...below].join('\n')}\n`;
}

function renderEntry(
  log: readonly LogEntry[],
  entry: LogEntry,
  name: string,
  paint: Paint,
): string[] {
  const { words, tone } = tellEntry(log, entry);
  const title = `${isoOf(entry.at_ms)}  ${name}  `;
  const [first = '', ...rest] = wrap(line(title + words, title.length), 0);
  if (tone === 'plain') return [first, ...rest];
  return [title + paint(styleOf(tone), first.slice(title.length)), ...rest];
}
