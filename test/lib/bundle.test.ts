import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bundleLambda } from '#lib/bundle.ts';

let source = '';
let outdir = '';
beforeEach(() => {
  source = mkdtempSync(path.join(tmpdir(), 'source-'));
  outdir = mkdtempSync(path.join(tmpdir(), 'bundle-'));
});
afterEach(() => {
  rmSync(source, { recursive: true });
  rmSync(outdir, { recursive: true });
});

/** The bundled files of the lambdas in the source folder, by their asset. */
function bundle(...names: string[]): string[] {
  const stack = new Stack(new App({ outdir, analyticsReporting: false }), 'Bundles');
  for (const name of names) {
    new LambdaFunction(stack, name, {
      runtime: Runtime.NODEJS_24_X,
      handler: 'index.handler',
      code: bundleLambda(path.join(source, `${name}.ts`)),
    });
  }
  return readdirSync(outdir)
    .filter((entry) => entry.startsWith('asset.'))
    .map((entry) => path.join(outdir, entry, 'index.js'));
}

describe('bundleLambda', () => {
  it('gives each lambda its own code, though all lie in one folder', () => {
    for (const name of ['one', 'two']) {
      writeFileSync(
        path.join(source, `${name}.ts`),
        `export const handler = (): string => '${name}';`,
      );
    }

    const files = bundle('one', 'two');

    const load = createRequire(import.meta.url);
    const answers = files.map((file) => (load(file) as { handler(): string }).handler());
    expect(answers.sort()).toEqual(['one', 'two']);
  });

  it('carries what is imported, and names no folder of the machine that built it', () => {
    writeFileSync(path.join(source, 'word.ts'), "export const word = 'ahoy';");
    writeFileSync(
      path.join(source, 'three.ts'),
      "import { word } from './word.ts';\nexport const handler = () => word;",
    );

    const [file = ''] = bundle('three');

    const code = readFileSync(file, 'utf8');
    expect(code).toContain('ahoy');
    expect(code).not.toContain(tmpdir());
    expect(readdirSync(path.dirname(file))).toEqual(['index.js']);
  });
});
