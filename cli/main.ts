/**
 * `longshore`: what people type. Standard output is the answer and nothing else; progress and errors go to
 * standard error. Exit codes: 0 all is well, 1 there are problems, 2 what was given is wrong; `watch` also 3, a person is awaited.
 */
import { readFileSync } from 'node:fs';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { isMapping } from '#core/problem.ts';
import { InvalidSettingsError } from '#core/settings.ts';
import { type Around, BadInputError, type ExitCode } from './around.ts';
import { defineOperations } from './define-operations.ts';
import { explainFailure } from './explain-failure.ts';
import { lint } from './lint.ts';
import { type PlanOptions, plan } from './plan.ts';

const EXIT_CODES = `
Exit codes: 0 all is well, 1 there are problems, 2 what was given is wrong.`;

const HELP = `
Examples:
  npx longshore policy lint
  npx longshore policy plan policies/shop-web.yaml --image shop/web:v3
  npx longshore get
  npx longshore watch shop-web
  npx longshore pause shop-web --reason "the database is slow"
  npx longshore trigger shop-web --tag v2 --reason "it was the database"
${EXIT_CODES}
Commands on rollouts have codes of their own: see their --help.`;

const LINT_HELP = `
Says every mistake of every file at once, as cdk synth does, then two policies that could claim one
container, then what is right but hardly meant. Needs no account and no network.

Examples:
  npx longshore policy lint
  npx longshore policy lint policies/shop-web.yaml
  npx longshore policy lint --json | jq '.problems[]'
${EXIT_CODES}`;

const PLAN_HELP = `
Reads the registry, the hosts and, where the stack is deployed, what it has stored; writes nothing.
Says which tag wins and why the others lose, what would be decided, which hosts are in which batch,
when each batch begins with its windows and freezes, and what is hardly meant.

Examples:
  npx longshore policy plan policies/shop-web.yaml
  npx longshore policy plan policies/shop-web.yaml --image shop/web:v3
  npx longshore policy plan policies/shop-web.yaml --at 2026-12-18T01:00:00Z
  npx longshore policy plan policies/shop-web.yaml --json | jq .batches
${EXIT_CODES}`;

/** Returns the exit code. `args` are the arguments after the program's name. */
export async function main(args: readonly string[], around: Around): Promise<ExitCode> {
  let exitCode: ExitCode = 0;
  const command = defineCommands(around, (code) => {
    exitCode = code;
  });
  try {
    await command.parseAsync([...args], { from: 'user' });
    return exitCode;
  } catch (error) {
    // Commander has said what is wrong, or shown the help that was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    const [message, code] = explain(error);
    around.err.write(`longshore: ${message}\n`);
    return code;
  }
}

function explain(error: unknown): [message: string, code: ExitCode] {
  if (error instanceof BadInputError) return [error.message, 2];
  if (error instanceof InvalidSettingsError) return [error.message, 1];
  const message = explainFailure(error);
  if (message === undefined) throw error;
  return [message, 1];
}

function defineCommands(around: Around, end: (code: ExitCode) => void): Command {
  const { out, err } = around;
  const program = new Command('longshore')
    .description('Staged container rollouts for EC2 and hybrid hosts.')
    .version(readVersion())
    .exitOverride()
    .configureOutput({
      writeOut: (text) => out.write(text),
      writeErr: (text) => err.write(text),
      outputError: (text, write) => write(`longshore: ${text.replace(/^error: /, '')}`),
    })
    .showHelpAfterError('Run it with --help for what it takes, with examples.')
    .addHelpText('after', HELP);
  const policy = program.command('policy').description('check policies, and foresee what they do');
  policy
    .command('lint')
    .description('every mistake of policies, with file, line and how to mend it')
    .argument('[paths...]', 'files, or folders of them (default: the policies/ of the project)')
    .option('--json', 'one JSON object: ok, files, problems, warnings')
    .addHelpText('after', LINT_HELP)
    .action((paths: string[], options: { json?: boolean }) => end(lint(paths, options, around)));
  policy
    .command('plan')
    .description('what a policy would do now: image, hosts, batches, times')
    .argument('<file>', 'a policy, such as policies/shop-web.yaml')
    .option('--image <image>', 'as if this were pushed now, such as shop/web:v3')
    .option('--at <instant>', 'as if now were 2026-12-18T01:00:00Z', parseInstant)
    .option('--stack <name>', 'of the stack (default: as in cdk.json, or Longshore)')
    .option('--region <region>', "of the stack (default: the shell's own)")
    .option('--json', 'one JSON object with every tag, host and step')
    .addHelpText('after', PLAN_HELP)
    .action(async (file: string, options: PlanOptions) => end(await plan(file, options, around)));
  defineOperations(program, around, end);
  return program;
}

function parseInstant(text: string): number {
  const atMs = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?Z$/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(atMs)) return atMs;
  throw new InvalidArgumentError('Give an instant in UTC, such as 2026-12-18T01:00:00Z.');
}

function readVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  const project: unknown = JSON.parse(text);
  return String(isMapping(project) ? project['version'] : undefined);
}
