/**
 * Every guard of the product, by name, as the sources have them: each condition of a write in aws/, each refusal of
 * the hosts, each question and judgement of core. Who adds one has to say in guards.ts how it is switched off.
 */
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';

const ROOT = path.join(import.meta.dirname, '../../..');

export function listGuards(): string[] {
  return [...new Set([...listConditions(), ...listRefusals(), ...listJudgements()])];
}

export function readSource(file: string): string {
  return readFileSync(path.join(ROOT, file), 'utf8');
}

function filesOf(glob: string): string[] {
  return globSync(glob, { cwd: ROOT })
    .map((file) => file.replaceAll(path.sep, '/'))
    .toSorted();
}

/** `aws/store.ts putNewItem: attribute_not_exists(#item)`. The key of a query is no guard. */
function listConditions(): string[] {
  return filesOf('aws/**/*.ts').flatMap((file) => {
    const text = readSource(file);
    return [...text.matchAll(/\bConditionExpression: ['"`](.+)['"`]/g)].map(
      ({ 1: condition, index }) => {
        const above = [...text.slice(0, index).matchAll(/function\*? (\w+)/g)].at(-1)?.[1];
        return `${file} ${above}: ${condition}`;
      },
    );
  });
}

/** `host: 12 stale`. The suite test/hosts holds the model to the real script. */
function listRefusals(): string[] {
  const model = filesOf('local/hosts/*.ts').flatMap((file) =>
    [...readSource(file).matchAll(/refused\((\d+), ['"`](\w+)/g)].map(
      ([, code, word]) => `host: ${code} ${word}`,
    ),
  );
  return [...model, 'host: 11 locked', 'host: 20 bad_payload'];
}

/** The codes of the refusals that the real script knows. */
export function listScriptRefusals(): string[] {
  return [
    ...new Set(
      filesOf('hosts/script/*.sh').flatMap((file) =>
        [...readSource(file).matchAll(/answer refused (\d+) ['"](\w+)/g)].map(
          ([, code, word]) => `host: ${code} ${word}`,
        ),
      ),
    ),
  ];
}

/** `core/gate.ts judgeWalk`. */
function listJudgements(): string[] {
  return filesOf('core/**/*.ts').flatMap((file) =>
    [...readSource(file).matchAll(/^export function ((?:is|judge)[A-Z]\w*)/gm)].map(
      ([, name]) => `${file} ${name}`,
    ),
  );
}
