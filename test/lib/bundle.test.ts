import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire, isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { App, Stack } from 'aws-cdk-lib';
import { Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type * as ReadZones from '#aws/read-zones.ts';
import { buildLambda, bundleLambda, OTHER_CREDENTIALS } from '#lib/bundle.ts';
import { nameKeys } from '#lib/lean-client.ts';

const ZONES = `<DescribeInstancesResponse><reservationSet><item><instancesSet><item>
  <instanceId>i-1</instanceId><placement><availabilityZone>eu-west-1b</availabilityZone></placement>
</item></instancesSet></item></reservationSet></DescribeInstancesResponse>`;

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

const ROOT = path.join(import.meta.dirname, '..', '..');
const MOST_BYTES = 250 * 1024;

describe('buildLambda', () => {
  it('gives the largest lambda less than 250 KB, packed, and the same code each time', () => {
    const entry = path.join(ROOT, 'lambdas', 'plan-rollout.ts');

    const [first, second] = [buildLambda(entry), buildLambda(entry)];

    expect(gzipSync(first.code).length).toBeLessThan(MOST_BYTES);
    expect(second.code).toBe(first.code);
    expect(first.code).not.toContain(tmpdir());
  });

  it('leaves outside what asks for credentials elsewhere than in the environment, and no other package', () => {
    const { metafile } = buildLambda(path.join(ROOT, 'lambdas', 'open-batch.ts'));

    const outside = Object.values(metafile.outputs)
      .flatMap(({ imports }) => imports)
      .filter(({ path: name }) => !isBuiltin(name));

    expect([...new Set(outside.map(({ path: name }) => name))].sort()).toEqual(OTHER_CREDENTIALS);
    expect(new Set(outside.map(({ kind }) => kind))).toEqual(new Set(['dynamic-import']));
  });

  it('reads zones by the client of which most is left out', async () => {
    const file = path.join(source, 'index.cjs');
    const { code, metafile } = buildLambda(path.join(ROOT, 'aws', 'read-zones.ts'));
    writeFileSync(file, code);
    const { openEc2, readZones } = createRequire(import.meta.url)(file) as typeof ReadZones;
    const asked: string[] = [];
    const requestHandler = {
      handle: async ({ body }: { body: string }) => {
        asked.push(body);
        return { response: { statusCode: 200, headers: {}, body: Readable.from([ZONES]) } };
      },
    };
    const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
    const clientConfig = { region: 'eu-west-1', credentials, requestHandler };

    const zones = await readZones(openEc2({ nowMs: () => 0, env: {}, clientConfig }), ['i-1']);

    expect([...zones]).toEqual([['i-1', 'eu-west-1b']]);
    expect(asked).toEqual([
      'Action=DescribeInstances&Version=2016-11-15&Filter.1.Name=instance-id&Filter.1.Value.1=i-1&MaxResults=1000',
    ]);
    const client = Object.values(metafile.outputs)
      .flatMap(({ inputs }) => Object.entries(inputs))
      .find(([name]) => name.endsWith('client.mjs'));
    expect(client?.[1].bytesInOutput).toBeLessThan(40_000);
  });
});

describe('a computed key', () => {
  it.each([
    ['a string', 'var _a = "id";\nvar A = [{ [_a]: 1, [_a]: 2 }];', '{ "id": 1, "id": 2 }'],
    ['no string', 'var _a = 7;\nvar A = [{ [_a]: 1 }];', '{ [_a]: 1 }'],
    ['two strings', 'var _a = "id";\nvar _a = "no";\nvar A = [{ [_a]: 1 }];', '{ [_a]: 1 }'],
    ['an unknown name', 'var A = [{ [_a]: 1 }];', '{ [_a]: 1 }'],
  ])('that is %s', (_, code, expected) => {
    expect(nameKeys(code)).toContain(`var A = [${expected}];`);
  });
});
