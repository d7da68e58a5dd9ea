import { describe, expect, it } from 'vitest';
import { VirtualClock } from '#local/clock.ts';
import type { AgentScript } from '#local/docker/agent-run.ts';
import { DockerHost, type Machine } from '#local/docker/docker-host.ts';
import type { Ran } from '#local/docker/run-program.ts';
import { WaysBack } from '#local/scenario/ways-back.ts';
import type { AgentReport } from '#local/ssm/managed-host.ts';
import { TestWall } from '../test-wall.ts';

const START_MS = 1_000_000;
const DIGEST = `sha256:${'a'.repeat(64)}`;
const COMMAND = {
  commandId: 'command-1',
  lines: ['#!/bin/sh', 'exit 2'],
  parameters: { payload: ['djE='], executionTimeout: ['60'] },
  executionTimeoutMs: 60_000,
};

/** A machine whose scripts take `lengthMs` of the wall clock, unless they are killed before. */
function rig(lengthMs: number, ran: Ran = { exitCode: 2, stdout: 'HS1 {}\n', stderr: 'a log' }) {
  const wall = new TestWall();
  const clock = new VirtualClock(START_MS, wall);
  const scripts: AgentScript[] = [];
  const engine = { running: [{ Id: 'one', ImageID: 'image' }], startedAt: 'noon' };
  const machine: Machine = {
    startAsAgent: (script) => {
      scripts.push(script);
      const { promise, resolve } = Promise.withResolvers<Ran>();
      wall.until(wall.nowMs() + lengthMs).then(() => resolve(ran));
      const kill = () => resolve({ exitCode: undefined, stdout: '', stderr: '' });
      return { pid: 1, ended: promise, kill };
    },
    start: () => {
      throw new Error('nobody asks');
    },
    call: async (_, target) => {
      if (target.startsWith('/containers/json')) return engine.running;
      if (target.startsWith('/containers/')) return { State: { StartedAt: engine.startedAt } };
      return { RepoDigests: [`127.0.0.1:5000/shop/web@${DIGEST}`] };
    },
  };
  const host = new DockerHost({ id: 'i-1', tags: { zone: 'a' } }, machine, clock);
  const reports: { atMs: number; report: AgentReport }[] = [];
  const start = () =>
    host.start(COMMAND, (report) => reports.push({ atMs: clock.nowMs(), report }));
  return { clock, host, engine, scripts, reports, start };
}

describe('a command', () => {
  it('is the lines of its document, with the parameters that were sent', async () => {
    const { clock, scripts, start } = rig(3_000);

    start();
    await clock.run();

    expect(scripts).toEqual([
      {
        commandId: 'command-1',
        lines: COMMAND.lines,
        parameters: { payload: 'djE=', executionTimeout: '60' },
      },
    ]);
  });

  it('is reported after as much time as it took in reality', async () => {
    const { clock, reports, start } = rig(3_000);

    start();
    await clock.run();

    const report = { exitCode: 2, stdout: 'HS1 {}\n', stderr: 'a log', isTimedOut: false };
    expect(reports).toEqual([{ atMs: START_MS + 3_000, report }]);
  });

  it('is killed after its time, and reported as timed out', async () => {
    const { clock, reports, start } = rig(61_000);

    start();
    await clock.run();

    const report = { exitCode: 137, stdout: '', stderr: '', isTimedOut: true };
    expect(reports).toEqual([{ atMs: START_MS + 60_000, report }]);
  });

  it('is not reported where somebody kills it', async () => {
    const { clock, reports, start } = rig(3_000);

    const { kill } = start();
    clock.schedule(START_MS + 1_000, kill);
    await clock.run();

    expect(reports).toEqual([]);
    expect(clock.nowMs()).toBe(START_MS + 1_000);
  });
});

describe('a look', () => {
  it('finds the digest under which the image of the running container was pulled', async () => {
    const { host } = rig(0);

    expect(await host.look('web')).toEqual({ id: 'one', startedAt: 'noon', digest: DIGEST });
  });

  it('finds nothing where nothing runs', async () => {
    const { host, engine } = rig(0);
    engine.running = [];

    expect(await host.look('web')).toBeUndefined();
  });
});

describe('a way back', () => {
  it.each([
    {
      what: 'a container that was stopped and started again',
      now: { id: 'one', startedAt: 'later' },
      isBack: true,
    },
    { what: 'a new container', now: { id: 'two', startedAt: 'later' }, isBack: false },
    {
      what: 'a container that nobody touched',
      now: { id: 'one', startedAt: 'noon' },
      isBack: false,
    },
  ])('is seen, or not, after a command: $what', async ({ now, isBack }) => {
    const { clock, host, engine, start } = rig(3_000);
    const ways = new WaysBack();
    await ways.follow(host, 'web');
    const wentBackAtMs = ways.restart();

    start();
    engine.running = [{ Id: now.id, ImageID: 'image' }];
    engine.startedAt = now.startedAt;
    await clock.run();

    expect([...wentBackAtMs]).toEqual(isBack ? [['i-1', START_MS + 3_000]] : []);
  });
});
