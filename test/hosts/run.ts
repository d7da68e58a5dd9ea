/**
 * Runs the suites beside real Docker Engines, each in namespaces of its own. Where this machine cannot (it
 * is not Linux, we are not root, a program is missing), the suite says why, and nothing counts as passed.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { listObstacles } from '#local/docker/requirements.ts';

async function main(): Promise<number> {
  const obstacles = listObstacles();
  if (obstacles.length > 0) {
    const lines = obstacles.map((reason) => `  - ${reason}\n`).join('');
    process.stdout.write(
      `skipped: no real Docker Engine can run here; no host was tried\n${lines}`,
    );
    return 0;
  }
  const config = ['--config', 'test/hosts/vitest.config.ts', '--root', '.'];
  const suite = spawn('npx', ['vitest', 'run', ...config, ...process.argv.slice(2)], {
    stdio: 'inherit',
  });
  const [code] = await once(suite, 'exit');
  return typeof code === 'number' ? code : 1;
}

process.exitCode = await main();
