/** A run that is killed leaves nothing: no process, mount, cgroup, network or file. */
import { afterEach, expect, it } from 'vitest';
import type { Point } from '../halt.ts';
import { HaltedRun } from './halted-run.ts';
import type { Traces } from './traces.ts';

const NOTHING: Traces = { processes: [], mounts: [], cgroups: [], files: [], networks: [] };
const KINDS: (keyof Traces)[] = ['processes', 'mounts', 'cgroups', 'files', 'networks'];
const STORY = ['deployment.e2e.ts'];
const PUSHES = ['emulator-events.e2e.ts'];
const HOSTS = ['emulator-run-command.e2e.ts'];

const runs: HaltedRun[] = [];
afterEach(async () => {
  for (const run of runs.splice(0)) await run.forget();
});

function start(args: readonly string[], point?: Point): HaltedRun {
  const run = new HaltedRun(args, point);
  runs.push(run);
  return run;
}

/** The look sees what there is to be gone: a look that sees nothing proves nothing. */
function expectAll(traces: Traces, kinds: readonly (keyof Traces)[]): void {
  expect(KINDS.filter((kind) => traces[kind].length > 0)).toEqual(kinds);
}

it.each<{ point: Point; has: (keyof Traces)[] }>([
  { point: 'engine is up', has: KINDS.filter((kind) => kind !== 'cgroups') }, // They come with containers.
  { point: 'stack is deployed', has: KINDS },
  { point: 'batch is open', has: KINDS },
])('killed when its $point', async ({ point, has }) => {
  const run = start(STORY, point);
  expectAll(await run.halted(point), has);

  await run.kill('SIGKILL');

  expect(await run.left()).toEqual(NOTHING);
});

it('ended by Ctrl-C while its hosts are up', async () => {
  const run = start(HOSTS, 'hosts are up');
  expectAll(await run.halted('hosts are up'), KINDS);

  await run.kill('SIGINT');

  expect(await run.left()).toEqual(NOTHING);
});

it('that comes to its end', async () => {
  const run = start(PUSHES);
  await run.runs('emulator/start.py');

  expect(await run.ended()).toBe(0);

  expect(await run.left()).toEqual(NOTHING);
});
