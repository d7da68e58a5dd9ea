/**
 * Runs the machines in two engines, and prints how often each edge was walked in each. `--json FILE` writes
 * the same as JSON; every other flag is vitest's. Where there is no Python the suite says so and is skipped.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as z from 'zod';
import { installPython, missingPython } from '../python.ts';
import { REQUIREMENTS } from './second-engine.ts';

const Report = z.object({
  stories: z.number(),
  machines: z.record(
    z.string(),
    z.array(z.object({ edge: z.string(), embedded: z.number(), second: z.number() })),
  ),
  differences: z.array(z.object({ title: z.string(), fields: z.array(z.string()) })),
});

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function sayReport({ stories, machines, differences }: z.infer<typeof Report>): void {
  for (const [machine, counts] of Object.entries(machines)) {
    say(`\n${machine}: ${counts.length} edges   (times walked: embedded, moto)`);
    for (const { edge, embedded, second } of counts) {
      const gap = embedded === 0 || second === 0 ? '   NOT WALKED' : '';
      say(`${String(embedded).padStart(6)} ${String(second).padStart(6)}   ${edge}${gap}`);
    }
  }
  const fields = differences.flatMap((difference) => difference.fields).length;
  say(
    `\n${stories} stories; ${differences.length} of them differ, as accepted, in ${fields} fields`,
  );
}

/** Takes `--json FILE` out of the flags. */
function splitFlags(flags: readonly string[]): { file: string | undefined; rest: string[] } {
  const at = flags.indexOf('--json');
  if (at < 0) return { file: undefined, rest: [...flags] };
  return { file: flags[at + 1], rest: flags.toSpliced(at, 2) };
}

async function runSuite(flags: readonly string[], report: string): Promise<number> {
  const config = ['--config', 'test/engines/vitest.config.ts', '--root', '.'];
  const suite = spawn('npx', ['vitest', 'run', ...config, ...flags], {
    stdio: 'inherit',
    env: { ...process.env, ENGINES_REPORT: report },
  });
  const [code] = await once(suite, 'exit');
  return typeof code === 'number' ? code : 1;
}

async function main(): Promise<number> {
  const missing = missingPython();
  if (missing !== undefined) {
    say(`skipped: no ${missing}; the machines ran in no second engine`);
    return 0;
  }
  installPython(REQUIREMENTS);
  const { file, rest } = splitFlags(process.argv.slice(2));
  const folder = mkdtempSync(path.join(tmpdir(), 'longshore-engines-'));
  const report = path.join(folder, 'edges.json');
  try {
    const code = await runSuite(rest, report);
    if (!existsSync(report)) return code;
    sayReport(Report.parse(JSON.parse(readFileSync(report, 'utf8'))));
    if (file !== undefined) copyFileSync(report, file);
    return code;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

process.exitCode = await main();
