/** `longshore policy lint`: every mistake of every file at once, in the words of `cdk synth`. */
import path from 'node:path';
import {
  type FileProblem,
  type FileWarning,
  fileWarnings,
  judgePolicyFiles,
  type PolicyFile,
  problemLines,
} from '#core/policy-files.ts';
import { paceOf } from '#core/settings.ts';
import type { Around, ExitCode } from './around.ts';
import { count, paintFor } from './format.ts';
import { type Project, readProject } from './project.ts';
import { readSources } from './read-sources.ts';

export interface Linted {
  ok: boolean;
  files: string[];
  problems: FileProblem[];
  warnings: FileWarning[];
}

export function lint(
  names: readonly string[],
  { json = false }: { json?: boolean },
  around: Around,
): ExitCode {
  const project = readProject(around.cwd);
  const own = path.join(project.root, 'policies');
  const { linted } = lintFiles(names.length > 0 ? names : [own], project, around.cwd);
  tellLinted(linted, json, around);
  return linted.ok ? 0 : 1;
}

export function lintFiles(
  names: readonly string[],
  { settings }: Project,
  cwd: string,
): { linted: Linted; policies: PolicyFile[] } {
  const sources = readSources(cwd, names);
  const { policies, problems } = judgePolicyFiles(sources, settings);
  const linted = {
    ok: problems.length === 0,
    files: sources.map(({ file }) => file),
    problems,
    warnings: fileWarnings(policies, paceOf(settings)),
  };
  return { linted, policies };
}

export function tellLinted(linted: Linted, json: boolean, { out }: Around): void {
  const { files, problems, warnings } = linted;
  if (json) {
    out.write(`${JSON.stringify(linted, null, 2)}\n`);
    return;
  }
  const paint = paintFor(out);
  const counts = [
    count(files.length, 'file'),
    linted.ok ? 'no problem' : count(problems.length, 'problem'),
    ...(warnings.length > 0 ? [count(warnings.length, 'warning')] : []),
  ];
  const lines = [
    ...problemLines(problems).map((line) => paint('red', line)),
    ...warnings.map((one) => paint('yellow', `${one.file}:${one.line}: warning: ${one.message}`)),
    paint(linted.ok ? 'green' : 'bold', counts.join(', ')),
  ];
  out.write(`${lines.join('\n')}\n`);
}
