/**
 * A document's script, run as the SSM Agent runs it: `sh FILE`, as root, in a process group of its own (which
 * is what the agent kills), with the parameters in the environment where it knows `ENV_VAR`.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { SERVICE_PATH } from './requirements.ts';
import type { Running, RunOptions } from './run-program.ts';

/** Where an agent works. */
export interface AgentPlace {
  /** For its scripts, with a folder `tmp` in it. */
  readonly folder: string;
  /** The same folder, where this process has another root. */
  readonly seenHere?: string;
  start(argv: readonly string[], options: RunOptions): Running;
}

export interface AgentScript {
  /** The `runCommand` of the document. */
  readonly lines: readonly string[];
  readonly parameters: Readonly<Record<string, string>>;
  readonly commandId: string;
  /** False: an agent older than 3.3.2746.0, which puts the parameters' text in place. Default true. */
  readonly knowsEnvVar?: boolean;
  /** A folder before all others in PATH. */
  readonly pathPrefix?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** The interpreter. Default `/bin/sh`. */
  readonly shell?: readonly string[];
}

export function startAsAgent(place: AgentPlace, script: AgentScript): Running {
  const {
    lines,
    parameters,
    commandId,
    knowsEnvVar = true,
    pathPrefix,
    shell = ['/bin/sh'],
  } = script;
  const file = path.join('commands', commandId, '_script.sh');
  const written = path.join(place.seenHere ?? place.folder, file);
  mkdirSync(path.dirname(written), { recursive: true, mode: 0o700 });
  const text = lines.join('\n');
  writeFileSync(written, knowsEnvVar ? text : putInPlace(text, parameters), { mode: 0o700 });
  const named = Object.entries(parameters).map(([name, value]) => [`SSM_${name}`, value]);
  return place.start([...shell, path.join(place.folder, file)], {
    env: {
      TMPDIR: path.join(place.folder, 'tmp'),
      ...(knowsEnvVar && Object.fromEntries(named)),
      SSM_COMMAND_ID: commandId,
      ...script.env,
      ...(pathPrefix && { PATH: `${pathPrefix}:${SERVICE_PATH}` }),
    },
  });
}

function putInPlace(text: string, parameters: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\{\{ *(\w+) *\}\}/g, (all, name: string) => parameters[name] ?? all);
}
