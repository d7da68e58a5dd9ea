/**
 * `npm run -s asl -- FILE --input JSON --results FILE`: runs any state machine by itself, for
 * people who want to try one and for comparing engines. The file is taken as it is: `${…}` in it
 * stands for an ARN, except for `${XxxItemProcessor}`, which stands for the machine in the file
 * xxx.asl.json beside it, run as the Map's child executions (Distributed, Standard).
 *
 * Standard output carries the report and nothing else; what is wrong goes to standard error, with
 * exit code 2. A machine that ends otherwise than SUCCEEDED is exit code 1.
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Command, CommanderError } from 'commander';
import * as z from 'zod';
import { ServiceError } from './service-error.ts';
import {
  ResultsExhausted,
  runScripted,
  type ScriptedResult,
} from './step-functions/scripted-run.ts';

const HELP = `
Results, a JSON list, one for each call of a task in the order of the calls:
  {"ok": <any JSON>}                     the task answers this
  {"error": "Name", "cause": "text"}     the task fails with this error
  {"timeout": true}                      the task never answers, and times out
A task that waits for a token gets its result by way of the token. The children of a
Distributed Map share the list; with MaxConcurrency 1 their order is the order of the items.

Examples:
  npm run -s asl -- statemachines/chunk.asl.json --input '{"rolloutId":"r1"}' --results results.json
  npm run -s asl -- machine.asl.json --input '{}'

Exit codes: 0 it SUCCEEDED, 1 it ended otherwise, 2 something is wrong with what was given.`;

const Result = z.union([
  z.strictObject({ ok: z.json() }),
  z.strictObject({ error: z.string().min(1), cause: z.string().optional() }),
  z.strictObject({ timeout: z.literal(true) }),
]);

interface Options {
  readonly input: string;
  readonly results?: string;
  readonly start: string;
}

export interface Output {
  out(text: string): void;
  err(text: string): void;
}

/** What is wrong with what was given, and how to mend it. */
class BadInput extends Error {
  override readonly name = 'BadInput';
}

/** Returns the exit code. `args` are the arguments after the program's name. */
export async function main(args: readonly string[], { out, err }: Output): Promise<number> {
  let exitCode = 0;
  const command = new Command('asl')
    .description(
      'Runs a state machine by itself, with scripted results for its tasks, and prints its history.',
    )
    .argument('<file>', 'the definition, for example statemachines/chunk.asl.json')
    .option('--input <json>', 'the input of the execution', '{}')
    .option('--results <file>', 'what the tasks answer; see below (default: no results)')
    .option('--start <instant>', 'virtual time of the start', '2026-01-01T00:00:00Z')
    .addHelpText('after', HELP)
    .showHelpAfterError('Run with --help for what it takes, with examples.')
    .exitOverride()
    .configureOutput({
      writeOut: out,
      writeErr: err,
      outputError: (text, write) => write(`asl: ${text}`),
    })
    .action(async (file: string, options: Options) => {
      exitCode = await run(file, options, { out, err });
    });
  try {
    await command.parseAsync([...args], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (!(error instanceof BadInput)) throw error;
    err(`asl: ${error.message}\n`);
    return 2;
  }
}

async function run(file: string, options: Options, { out, err }: Output): Promise<number> {
  const startMs = Date.parse(options.start);
  if (Number.isNaN(startMs)) {
    throw new BadInput(
      `--start '${options.start}' is no instant. Write it like 2026-01-01T00:00:00Z.`,
    );
  }
  parseJson(options.input, '--input', `Quote it for the shell: --input '{"rolloutId":"r1"}'.`);
  const script = {
    definition: JSON.stringify(readMachine(file)),
    input: options.input,
    results: options.results === undefined ? [] : readResults(options.results),
    // Half of every jittered delay, and names that repeat: a run is the same each time.
    random: countedRandom(),
    startMs,
  };
  try {
    const { report, unused } = await runScripted(script);
    if (unused > 0) err(`asl: ${unused} of the ${script.results.length} results were not used.\n`);
    out(`${JSON.stringify(report, null, 2)}\n`);
    return report.status === 'SUCCEEDED' ? 0 : 1;
  } catch (error) {
    if (error instanceof ServiceError) throw new BadInput(`${file}: ${error.message}`);
    if (!(error instanceof ResultsExhausted)) throw error;
    const source =
      options.results === undefined
        ? 'No --results were given'
        : `${options.results} lists ${script.results.length}`;
    throw new BadInput(
      `the state '${error.stateName}' called its task, but no result is left for it. ` +
        `${source}; add one for call ${script.results.length + 1}, for example {"ok": {}}.`,
    );
  }
}

/** Numbers that only have to differ from one another, spread around one half. */
function countedRandom(): () => number {
  let drawn = 0;
  return () => (0.5 + drawn++ * Math.SQRT1_2) % 1;
}

function readResults(file: string): ScriptedResult[] {
  const list = readJson(file, 'the results', `Give a JSON list such as [{"ok": {}}].`);
  if (!Array.isArray(list)) {
    throw new BadInput(`${file} holds no list. Give a JSON list such as [{"ok": {}}].`);
  }
  return list.map((entry: unknown, index) => {
    const parsed = Result.safeParse(entry);
    if (!parsed.success) {
      throw new BadInput(
        `${file}, result ${index + 1}: ${JSON.stringify(entry)} is neither {"ok": …} nor ` +
          `{"error": "Name", "cause": "text"} nor {"timeout": true}.`,
      );
    }
    const { data } = parsed;
    if (!('error' in data)) return data;
    return data.cause === undefined
      ? { error: data.error }
      : { error: data.error, cause: data.cause };
  });
}

function readMachine(file: string): unknown {
  const machine = readJson(
    file,
    'the machine',
    'Give an ASL file, for example statemachines/chunk.asl.json.',
  );
  return splice(machine, file);
}

const PROCESSOR = /^\$\{(\w+)ItemProcessor\}$/;

function splice(value: unknown, file: string): unknown {
  const name = typeof value === 'string' ? PROCESSOR.exec(value)?.[1] : undefined;
  if (name !== undefined) return readProcessor(name, value, file);
  if (Array.isArray(value)) return value.map((element) => splice(element, file));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, splice(member, file)]),
  );
}

function readProcessor(name: string, placeholder: unknown, file: string): unknown {
  const kebab = name.replace(/(?<=.)(?=[A-Z])/g, '-').toLowerCase();
  const path = join(dirname(file), `${kebab}.asl.json`);
  const machine = readJson(
    path,
    `the machine for ${String(placeholder)} in ${file}`,
    `Put it beside ${file} under that name.`,
  );
  if (typeof machine !== 'object' || machine === null) {
    throw new BadInput(`${path} holds no state machine.`);
  }
  const { TimeoutSeconds: _, ...definition } = { TimeoutSeconds: undefined, ...machine };
  return {
    ...definition,
    ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
  };
}

function readJson(file: string, what: string, mend: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    const why = isMissing ? 'there is no such file' : String(error);
    throw new BadInput(`cannot read ${what}, ${file}: ${why}. ${mend}`);
  }
  return parseJson(text, file, mend);
}

function parseJson(text: string, source: string, mend: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new BadInput(`${source} is not JSON: ${why}. ${mend}`);
  }
}

if (import.meta.main) {
  process.exitCode = await main(process.argv.slice(2), {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
  });
}
