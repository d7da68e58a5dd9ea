/** Runs the kills: the end-to-end suite, started as a child and killed at three points. Nothing may be left. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { sayObstacles } from './obstacles.ts';

async function main(): Promise<number> {
  if (sayObstacles('the end-to-end suite')) return 0;
  const config = ['--config', 'test/e2e/kills/vitest.config.ts', '--root', '.'];
  const suite = spawn('npx', ['vitest', 'run', ...config, ...process.argv.slice(2)], {
    stdio: 'inherit',
  });
  const [code] = await once(suite, 'exit');
  return typeof code === 'number' ? code : 1;
}

process.exitCode = await main();
