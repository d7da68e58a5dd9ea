/** `npm run bench:peers`: Longshore beside Ansible and a loop. Needs `ansible-core` and `busybox`. */
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { formatReport } from '../benchmark.ts';
import { DOCS, readPackage, toJson, writeDocs } from '../documents.ts';
import { ansibleVersion } from './contenders.ts';
import { peers } from './peers.ts';

const WRITTEN = path.join(DOCS, 'benchmarks-peers.json');

/** What is missing is said, and nothing is measured without it. */
function findVersions(): Record<string, string> | undefined {
  const versions = { ansible: ansibleVersion(), busybox: busyboxVersion() };
  const { ansible, busybox } = versions;
  if (ansible !== undefined && busybox !== undefined) return { ansible, busybox };
  const missing = Object.entries(versions).filter(([, version]) => version === undefined);
  process.stderr.write(
    `MISSING: ${missing.map(([name]) => name).join(' and ')}. Nothing was measured.\n` +
      'apt-get install -y --no-install-recommends ansible-core busybox\n',
  );
  return undefined;
}

function busyboxVersion(): string | undefined {
  try {
    return execFileSync('busybox', { encoding: 'utf8' }).split('\n')[0];
  } catch {
    return undefined;
  }
}

const isWritten = process.argv.slice(2).includes('--write');
const versions = findVersions();
if (versions === undefined) {
  process.exitCode = 1;
} else {
  const report = await peers.run({ isLarge: true });
  const finished = [{ benchmark: peers, report }];
  process.stdout.write(`${formatReport(peers, report)}\n`);
  if (isWritten) writeDocs(WRITTEN, toJson(finished, { ...readPackage(), ...versions }), finished);
}
