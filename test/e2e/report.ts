/** What a run saw, and whose the parts were that it ran on. */
import { PARTS } from './parts.ts';
import type { Answer, Creation } from './records.ts';

export function printReport(seen: {
  answers: readonly Answer[];
  creations: readonly Creation[];
}): void {
  const counts = new Map<string, number>();
  for (const { version = 'nothing' } of seen.answers) {
    counts.set(version, (counts.get(version) ?? 0) + 1);
  }
  const said = [...counts].map(([version, count]) => `${version} ${count}`).join(', ');
  const lines = [
    `${seen.answers.length} times a host was asked: ${said}`,
    `${seen.creations.length} containers were created on hosts`,
    ...Object.entries(PARTS).flatMap(([whose, parts]) => [
      `${whose}:`,
      ...parts.map((part) => `  ${part}`),
    ]),
  ];
  process.stdout.write(`\n${lines.join('\n')}\n`);
}
