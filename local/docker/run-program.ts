/** A child program: its ending as a value, its exit code never an exception. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

export interface Ran {
  /** 128 + the signal's number is the shell's; a killed child has undefined. */
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly pid: number;
  /** When the child has ended and its output is closed: by every process that holds it. */
  readonly ended: Promise<Ran>;
  /** SIGKILL to its process group. Harmless when it has ended. */
  kill(): void;
}

export interface RunOptions {
  env?: NodeJS.ProcessEnv;
  input?: string | Buffer;
}

/** Begins the program as the leader of a process group of its own. */
export function startProgram(argv: readonly string[], options: RunOptions = {}): Running {
  const [file = '', ...args] = argv;
  const child = spawn(file, args, { env: options.env ?? process.env, detached: true });
  const closed = once(child, 'close');
  const { pid } = child;
  if (pid === undefined) throw new Error(`${file} cannot be started`);
  child.stdin.on('error', () => {}); // It may end without reading.
  child.stdin.end(options.input ?? '');
  const output = Promise.all([text(child.stdout), text(child.stderr)]);
  const ended = closed.then(async ([code]) => {
    const [stdout, stderr] = await output;
    return { exitCode: typeof code === 'number' ? code : undefined, stdout, stderr };
  });
  return { pid, ended, kill: () => killGroup(pid) };
}

/** The output of a program that has to succeed. */
export async function runProgram(
  argv: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const { exitCode, stdout, stderr } = await startProgram(argv, options).ended;
  if (exitCode === 0) return stdout;
  throw new Error(`${argv.join(' ')} ended with ${exitCode}: ${stderr || stdout}`);
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
