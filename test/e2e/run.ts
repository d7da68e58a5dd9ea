/**
 * Runs the end-to-end suite in a room of its own (namespaces for mounts, network and processes) with a Docker
 * Engine of its own. Nothing outlives this process, however it ends, and nothing inside reaches a network
 * outside. Where this machine cannot, the suite says why, and nothing counts as passed.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { Cleaner } from '#local/docker/cleaner.ts';
import { Engine } from '#local/docker/engine.ts';
import { installPython } from '../python.ts';
import { haltAt } from './halt.ts';
import { makeHostImage } from './host-image.ts';
import { sayObstacles } from './obstacles.ts';
import type { Surroundings } from './surroundings.ts';

const ROOT = path.join(import.meta.dirname, '../..');
const CONFIG = ['--config', 'test/e2e/vitest.config.ts', '--root', '.'];

async function runInside(engine: Engine, surroundings: Surroundings): Promise<number> {
  // `env -C` is `cd`: the way into a room ends at its root.
  const vitest = ['env', '-C', ROOT, 'npx', 'vitest', 'run', ...CONFIG, ...process.argv.slice(2)];
  const argv = engine.room.enter(vitest);
  const suite = spawn(argv[0] ?? '', argv.slice(1), {
    stdio: 'inherit',
    // What tools leave in there goes with the room.
    env: { ...process.env, ...surroundings, TMPDIR: path.join(engine.folder, 'tmp') },
  });
  const [code] = await once(suite, 'exit');
  return typeof code === 'number' ? code : 1;
}

async function main(): Promise<number> {
  if (sayObstacles('the end-to-end suite')) return 0;
  const python = installPython(path.join(import.meta.dirname, 'requirements.txt'));
  const hostImage = await makeHostImage();
  const seccomp = path.join(import.meta.dirname, 'host/seccomp.json');
  const engine = new Engine({ settings: { 'seccomp-profile': seccomp } });
  const cleaner = new Cleaner();
  cleaner.add(engine.folder);
  try {
    await engine.boot();
    await haltAt('engine is up');
    return await runInside(engine, {
      E2E_FOLDER: engine.folder,
      E2E_ENGINE: engine.socket,
      E2E_PYTHON: python,
      E2E_HOST_IMAGE: hostImage,
    });
  } finally {
    await engine.stop();
    await cleaner.clean();
  }
}

process.exitCode = await main();
