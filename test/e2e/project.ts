/** The project as a user has it: a copy with policies and settings of their own, deployed by the README's commands. */
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { stringify } from 'yaml';
import * as z from 'zod';
import { runProgram } from '#local/docker/run-program.ts';
import { AWS_ENVIRONMENT } from './surroundings.ts';

const ROOT = path.join(import.meta.dirname, '../..');
const LEFT_OUT = ['node_modules', 'cdk.out', '.git', 'test'];

const CdkJson = z.looseObject({ context: z.record(z.string(), z.unknown()) });

export class Project {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
    const left = new Set(LEFT_OUT.map((name) => path.join(ROOT, name)));
    cpSync(ROOT, folder, { recursive: true, filter: (source) => !left.has(source) });
    symlinkSync(path.join(ROOT, 'node_modules'), path.join(folder, 'node_modules'));
  }

  /** Into cdk.json, under `longshore`. */
  configure(settings: Readonly<Record<string, unknown>>): void {
    const file = path.join(this.folder, 'cdk.json');
    const cdk = CdkJson.parse(JSON.parse(readFileSync(file, 'utf8')));
    const context = { ...cdk.context, longshore: settings };
    writeFileSync(file, JSON.stringify({ ...cdk, context }, null, 2));
  }

  /** These files and no others in policies/, by their ids. */
  writePolicies(policies: readonly ({ id: string } & Record<string, unknown>)[]): void {
    const folder = path.join(this.folder, 'policies');
    rmSync(folder, { recursive: true });
    mkdirSync(folder);
    for (const policy of policies) {
      writeFileSync(path.join(folder, `${policy.id}.yaml`), stringify(policy));
    }
  }

  /** What `npx cdk …` says; rejects where it fails. */
  cdk(...args: string[]): Promise<string> {
    return this.#npx('cdk', ...args);
  }

  /** What `npx longshore …` says; rejects where it fails. */
  async longshore(...args: string[]): Promise<string> {
    return (await this.#npx('longshore', ...args)).trim();
  }

  #npx(...args: string[]): Promise<string> {
    const env = { ...process.env, ...AWS_ENVIRONMENT, CI: '1', HOME: this.folder };
    // `env -C` is `cd`.
    return runProgram(['env', '-C', this.folder, 'npx', ...args], { env });
  }
}
