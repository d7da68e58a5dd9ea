/** The program in this process, on a project of its own and, where a test has one, an embedded cloud. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { stringify } from 'yaml';
import type { Runtime } from '#aws/runtime.ts';
import type { Screen } from '#cli/around.ts';
import { main } from '#cli/main.ts';
import type { LocalCloud } from '#local/local-cloud.ts';

export interface Ran {
  code: number;
  out: string;
  err: string;
}

export interface RunOptions {
  cwd?: string;
  cloud?: LocalCloud;
  runtime?: (region: string | undefined) => Runtime;
  tty?: Omit<Screen, 'write'>;
  /** Whose credentials the shell has. Default: ada's. */
  principal?: string;
  /** Default: drives the cloud's time. */
  sleep?: (ms: number) => Promise<unknown>;
  /** Hears what is written, when it is. */
  onOut?: (text: string) => void;
}

/** The IAM principal of whoever types. */
export const ADA = 'arn:aws:iam::111122223333:user/ops/ada';

let runs = 0;

/** As a shell would: words, and what stands in quotation marks. */
function splitArgs(args: string): string[] {
  return Array.from(args.matchAll(/"([^"]*)"|(\S+)/g), ([, quoted, word]) => quoted ?? word ?? '');
}

/** With a policy of its own: the files of policies/ are the user's. */
const FIXTURES = path.join(import.meta.dirname, '../fixtures');

/** Nothing may reach AWS. */
const neverAsked = () => {
  throw new Error('AWS was asked');
};

export async function run(args: string, options: RunOptions = {}): Promise<Ran> {
  const { cwd = FIXTURES, cloud, tty } = options;
  runs += 1;
  if (cloud !== undefined) cloud.sts.principal = options.principal ?? ADA;
  const said = { out: '', err: '' };
  const write = (where: keyof typeof said) => (text: string) => {
    said[where] += text;
    if (where === 'out') options.onOut?.(text);
  };
  const code = await main(splitArgs(args), {
    out: { write: write('out'), ...tty },
    err: { write: write('err') },
    cwd,
    sleep: options.sleep ?? (async (ms) => cloud?.run({ untilMs: cloud.clock.nowMs() + ms })),
    makeId: () => `id-${runs}`,
    runtime: options.runtime ?? (cloud === undefined ? neverAsked : () => shellOf(cloud)),
  });
  return { code, ...said };
}

/** What a shell with the cloud's credentials gives. */
function shellOf(cloud: LocalCloud): Runtime {
  return { nowMs: () => cloud.clock.nowMs(), env: {}, clientConfig: cloud.clientConfig() };
}

/** A folder with cdk.json and these files, gone when the test is over. */
export function makeProject(
  files: Readonly<Record<string, string | Record<string, unknown>>>,
  context: unknown = { longshore: {} },
): string {
  const root = mkdtempSync(path.join(tmpdir(), 'longshore-cli-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  writeFileSync(path.join(root, 'cdk.json'), JSON.stringify({ context }));
  mkdirSync(path.join(root, 'policies'));
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(
      path.join(root, name),
      typeof content === 'string' ? content : stringify(content),
    );
  }
  return root;
}
