/**
 * A lambda's code in one file: esbuild, in this process, without Docker and without network.
 *
 * CommonJS imports some 12 ms faster than ESM. The SDK is bundled: the runtime's own was never faster, and
 * is another version. No source maps: their paths depend on where CDK puts its temporary folder, which
 * would give the same source another hash; names are kept, so a stack trace names its functions.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { buildSync, type Metafile } from 'esbuild';
import { LEAN_CLIENT, PACKAGE_FOLDERS, writeLeanClient } from './lean-client.ts';

/**
 * Lambda gives a function its credentials in the environment. The SDK asks these, by import(), where there
 * are none; they were a sixth of each bundle. Where that ever happens, the runtime's own SDK has them.
 */
export const OTHER_CREDENTIALS = [
  '@aws-sdk/credential-provider-http',
  '@aws-sdk/credential-provider-ini',
  '@aws-sdk/credential-provider-process',
  '@aws-sdk/credential-provider-sso',
  '@aws-sdk/credential-provider-web-identity',
  '@smithy/credential-provider-imds',
];

export interface Bundle {
  code: string;
  metafile: Metafile;
}

export function buildLambda(entry: string): Bundle {
  const folder = mkdtempSync(path.join(tmpdir(), 'longshore-client-'));
  try {
    const { outputFiles, metafile } = buildSync({
      entryPoints: [entry],
      outfile: path.join(path.dirname(entry), 'index.js'),
      write: false,
      metafile: true,
      bundle: true,
      platform: 'node',
      target: 'node24',
      format: 'cjs',
      mainFields: ['module', 'main'],
      alias: { [LEAN_CLIENT]: writeLeanClient(folder) },
      nodePaths: PACKAGE_FOLDERS,
      external: OTHER_CREDENTIALS,
      minify: true,
      keepNames: true,
      legalComments: 'none',
      logLevel: 'warning',
    });
    return { code: outputFiles.map(({ text }) => text).join(''), metafile };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export function bundleLambda(entry: string): Code {
  return Code.fromAsset(path.dirname(entry), {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      image: DockerImage.fromRegistry('never-pulled'),
      // Never run. CDK bundles once for each folder and command: without it all lambdas get one code.
      command: [entry],
      local: {
        tryBundle: (folder) => {
          writeFileSync(path.join(folder, 'index.js'), buildLambda(entry).code);
          return true;
        },
      },
    },
  });
}
