/**
 * A document's script, run as the SSM Agent runs it: `sh FILE`, as root, in a process group of its own (which
 * is what the agent kills), with the parameters in the environment where it knows `ENV_VAR`.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { SERVICE_PATH } from './requirements.ts';
import type { Room } from './room.ts';
import type { Running } from './run-program.ts';

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

export function startAsAgent(room: Room, script: AgentScript): Running {
  const {
    lines,
    parameters,
    commandId,
    knowsEnvVar = true,
    pathPrefix,
    shell = ['/bin/sh'],
  } = script;
  const folder = path.join(room.folder, 'commands', commandId);
  const file = path.join(folder, '_script.sh');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const text = lines.join('\n');
  writeFileSync(file, knowsEnvVar ? text : putInPlace(text, parameters), { mode: 0o700 });
  const named = Object.entries(parameters).map(([name, value]) => [`SSM_${name}`, value]);
  return room.start([...shell, file], {
    env: {
      TMPDIR: path.join(room.folder, 'tmp'),
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
