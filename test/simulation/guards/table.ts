/** The table of the guards, in docs/simulation-guards.md between two comments: written, and read for its seeds. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Guard } from './guard.ts';
import type { Finding } from './try-guard.ts';

const PAGE = path.join(import.meta.dirname, '../../../docs/simulation-guards.md');
const BEGIN = '<!-- guards: written by `npm run simulate:guards -- --write` -->';
const END = '<!-- /guards -->';

export interface Known {
  seed: number;
  tries: number;
}

/** By guard: the seed that found it, and how many it took. */
export function readKnown(): Map<string, Known> {
  return new Map(
    [...ownPart().matchAll(/^\| `(.+?)` \| (\d+) \| (\d+) \|/gm)].map(
      ([, guard = '', seed, tries]) => [guard, { seed: Number(seed), tries: Number(tries) }],
    ),
  );
}

/** Of guards that were not tried the rows stay. */
export function writeTable(guards: readonly Guard[], findings: ReadonlyMap<string, Finding>): void {
  const before = ownPart().split('\n');
  const found = guards.flatMap((guard) => {
    if (!('cuts' in guard)) return [];
    const finding = findings.get(guard.guard);
    const kept = before.find((row) => row.startsWith(`| \`${guard.guard}\` |`));
    return [finding === undefined && kept !== undefined ? kept : rowOf(guard, finding)];
  });
  const others = guards.flatMap((guard) =>
    'notOfRollouts' in guard
      ? [`| \`${guard.guard}\` | ${guard.notOfRollouts} | ${guard.heldBy} |`]
      : [],
  );
  const table = [
    '| guard, switched off | found by seed | seeds until found | what is violated | behind |',
    '|---|---|---|---|---|',
    ...found,
    '',
    '| not of rollouts | why | held by |',
    '|---|---|---|',
    ...others,
  ].join('\n');
  const page = readFileSync(PAGE, 'utf8');
  writeFileSync(PAGE, page.replace(ownPart(), `\n\n${table}\n\n`));
}

function rowOf({ guard, behind = '' }: Guard & { behind?: string }, finding: Finding | undefined) {
  const seed = finding?.seed ?? 'not found';
  return `| \`${guard}\` | ${seed} | ${finding?.tries ?? ''} | ${shorten(finding?.violation ?? '')} | ${behind} |`;
}

/** Without what differs from run to run of another size. */
function shorten(violation: string): string {
  const text = violation
    .split('\n')[0]
    ?.replace(/ at \d{4}-\S+:/, ':')
    .replaceAll('|', '/')
    .replaceAll(/sha256:([0-9a-f]{6})[0-9a-f]+/g, '$1…');
  return (text ?? '').slice(0, 140);
}

function ownPart(): string {
  const page = readFileSync(PAGE, 'utf8');
  const [, rest = ''] = page.split(BEGIN);
  const [part = ''] = rest.split(END);
  return part;
}
