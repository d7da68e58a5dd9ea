import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HostCommand } from '#core/host-command.ts';
import type { HostEvent, Mark } from '#local/hosts/host-state.ts';
import { POINTS } from '#local/hosts/point.ts';
import { START_MS } from '../cloud-rig.ts';
import { hostRig, OWNER, refOf, V1, V2, V3 } from './commands.ts';

describe('the fence', () => {
  it('refuses what is lower, in generation or in step', async () => {
    const { send, started } = hostRig();
    await send({ gen: 10, step: 5 });

    const answers = [
      await send({ gen: 10, step: 4, ref: refOf(V3) }),
      await send({ gen: 9, step: 9, ref: refOf(V3) }),
    ];

    expect(answers).toMatchObject([
      { outcome: 'refused', code: 12, changed: false },
      { outcome: 'refused', code: 12, changed: false },
    ]);
    expect(started()).toHaveLength(2);
  });

  it('answers what is equal with the stored line, whatever it asks for', async () => {
    const { clock, start, started } = hostRig();
    const first = start();
    await clock.run({ until: () => first.report !== undefined });

    const again = start({ ref: refOf(V3) });
    await clock.run({ until: () => again.report !== undefined });

    expect(again.report).toEqual(first.report);
    expect(started()).toHaveLength(2);
  });

  it('takes a command for expired where the host’s clock is ahead', async () => {
    const { host, send } = hostRig();
    host.faults = { clockAheadMs: 3_600_000 };

    const answer = await send({ gen: 10, step: 5 });

    expect(answer).toMatchObject({ outcome: 'refused', code: 13, changed: false });
  });

  it('takes one after its deadline where the clock is behind, and never an older after a newer', async () => {
    const { clock, host, send } = hostRig();
    await send({ gen: 10, step: 5 });
    clock.schedule(START_MS + 4_000_000, () => {});
    await clock.run({ untilMs: START_MS + 4_000_000 });
    host.faults = { clockAheadMs: -3_600_000 };

    const answers = [
      await send({ gen: 10, step: 4, ref: refOf(V3) }),
      await send({ gen: 10, step: 6, ref: refOf(V3) }),
    ];

    expect(answers).toMatchObject([{ code: 12, changed: false }, { outcome: 'updated' }]);
  });

  it('accepts what is higher', async () => {
    const { send } = hostRig();
    await send({ gen: 10, step: 5 });

    expect(await send({ gen: 10, step: 6, ref: refOf(V3) })).toMatchObject({ outcome: 'updated' });
    expect(await send({ gen: 11, step: 0, ref: refOf(V2) })).toMatchObject({ outcome: 'updated' });
  });

  it('refuses another owner and names the one it has', async () => {
    const { host, send } = hostRig();
    await send();

    const result = await send({ owner: 'other/policy/shop/web', gen: 99, ref: refOf(V3) });

    expect(result).toMatchObject({
      outcome: 'refused',
      code: 14,
      detail: expect.stringContaining(OWNER),
    });
    expect(host.running('web')).toBe(V2);
  });

  it('is one for each container', async () => {
    const { send } = hostRig({ containers: { web: V1, worker: V1 } });
    await send({ gen: 10 });

    expect(await send({ container: 'worker', gen: 3 })).toMatchObject({ outcome: 'updated' });
  });

  it.each(['update', 'restore'] as const)(
    'does not take %s when its time would pass the deadline',
    async (op) => {
      const { host, send } = hostRig();

      const result = await send({ op, timeout: 600, deadline: START_MS / 1000 + 599 });

      expect(result).toMatchObject({ outcome: 'refused', code: 13, changed: false });
      expect(host.slot('web')?.fence).toBeUndefined();
    },
  );
});

/** A history of commands that come in any order, overlap, are killed and meet every fault. */
const Digest = fc.constantFrom(V1, V2, V3);
const Faults = fc.record(
  {
    unhealthyDigests: fc.uniqueArray(Digest).map((digests) => new Set(digests)),
    failsEveryCheck: fc.boolean(),
    undoFails: fc.boolean(),
    silent: fc.constantFrom('before_work', 'after_work'),
    reply: fc.constantFrom('lost', 'cut'),
    slowFactor: fc.constantFrom(1, 5, 30),
    diesAt: fc.constantFrom(...POINTS),
    custom: fc.constantFrom('missing', 'no_digest'),
    work: fc.constantFrom('docker_down', 'pull_failed', 'create_failed', 'state_write'),
  },
  { requiredKeys: [] },
);
const Turn = fc.record({
  op: fc.constantFrom('update', 'update', 'restore', 'probe', 'status'),
  owner: fc.constantFrom(OWNER, OWNER, OWNER, 'foreign'),
  gen: fc.integer({ min: 1, max: 3 }),
  step: fc.integer({ min: 1, max: 3 }),
  digest: Digest,
  auto: fc.constantFrom(0, 1),
  undoes: fc.integer({ min: 1, max: 3 }),
  timeout: fc.constantFrom(0, 30, 60, 300, 900),
  executionTimeoutS: fc.constantFrom(5, 60, 600, 7_200),
  deadlineInS: fc.constantFrom(10, 60, 300, 900, 3_600),
  waitMs: fc.constantFrom(0, 1_000, 20_000, 120_000, 1_000_000),
  after: fc.constantFrom(
    'nothing',
    'nothing',
    'kill',
    'reboot',
    'reboot_again',
    'prune',
    'by_hand',
  ),
  faults: Faults,
});

type Turn = typeof Turn extends fc.Arbitrary<infer T> ? T : never;

async function play(turns: readonly Turn[], seed: number) {
  const rig = hostRig({}, seed);
  const deadlines = new Map<string, number>();
  const commands = new Map<string, Turn>();
  const fences: (Mark | undefined)[] = [];
  let sent = 0;
  for (const turn of turns) {
    rig.host.faults = turn.faults as never;
    const nowS = Math.floor(rig.clock.nowMs() / 1000);
    const command: Partial<HostCommand> = {
      op: turn.op as HostCommand['op'],
      owner: turn.owner,
      gen: turn.gen,
      step: turn.step,
      timeout: turn.timeout,
      deadline: nowS + turn.deadlineInS,
      ...(turn.op === 'update' && { ref: refOf(turn.digest), auto: turn.auto as 0 | 1 }),
      ...(turn.op === 'restore' && { undoes: turn.undoes }),
    };
    const answer = rig.start(command, turn.executionTimeoutS * 1_000);
    const id = `command-${++sent}`;
    deadlines.set(id, (nowS + turn.deadlineInS) * 1_000);
    commands.set(id, turn);
    await rig.clock.run({ untilMs: rig.clock.nowMs() + turn.waitMs });
    if (turn.after === 'kill') answer.kill();
    if (turn.after === 'reboot') rig.host.reboot(10_000);
    if (turn.after === 'reboot_again') rig.host.reboot(10_000, true);
    if (turn.after === 'prune') rig.host.byHand.prune();
    if (turn.after === 'by_hand') rig.host.byHand.run('web', turn.digest);
    fences.push(rig.host.slot('web')?.fence);
  }
  await rig.clock.run();
  return { ...rig, deadlines, commands, fences, events: rig.log() };
}

const changes = (event: HostEvent) =>
  event.kind === 'started' && event.because !== 'by_hand' && event.because !== 'boot'
    ? [event]
    : [];

/** Each change with the command that was accepted last before it. */
function changesByCommand(events: readonly HostEvent[]) {
  let accepted: { mark: Mark; commandId: string } | undefined;
  return events.flatMap((event) => {
    if (event.kind === 'accepted') accepted = event;
    return changes(event).map((change) => ({ change, accepted }));
  });
}

describe('for every history of commands and faults', () => {
  const histories = fc.tuple(fc.array(Turn, { minLength: 1, maxLength: 12 }), fc.integer());
  const holds = (law: (played: Awaited<ReturnType<typeof play>>) => void) =>
    fc.assert(
      fc.asyncProperty(histories, async ([turns, seed]) => law(await play(turns, seed))),
      { numRuns: 300 },
    );

  it('the fence never decreases and keeps its owner', () =>
    holds(({ events, fences }) => {
      const accepted = events.flatMap((event) => (event.kind === 'accepted' ? [event.mark] : []));
      for (const marks of [accepted, fences.filter((mark) => mark !== undefined)]) {
        for (const [index, mark] of marks.entries()) {
          const before = marks[index - 1];
          if (before === undefined) continue;
          expect(mark.owner).toBe(before.owner);
          expect(mark.gen - before.gen || mark.step - before.step).toBeGreaterThanOrEqual(0);
        }
      }
    }));

  it('nothing changes without a command that was accepted, nor after its deadline', () =>
    holds(({ events, deadlines }) => {
      for (const { change, accepted } of changesByCommand(events)) {
        expect(accepted).toBeDefined();
        expect(change.atMs).toBeLessThanOrEqual(deadlines.get(accepted!.commandId)!);
      }
    }));

  it('a command swaps at most once each time that it is accepted, and not after its answer', () =>
    holds(({ events }) => {
      let accepted: { mark: Mark; commandId: string } | undefined;
      let swaps = 0;
      const answered = new Set<string>();
      for (const event of events) {
        if (event.kind === 'accepted') {
          accepted = event;
          swaps = 0;
        }
        if (event.kind === 'answered') answered.add(event.commandId);
        if (event.kind !== 'started' || event.because !== 'update') continue;
        expect(++swaps).toBe(1);
        expect(answered).not.toContain(accepted?.commandId);
      }
    }));

  it('a restore takes back only what the generation that it names has put there', () =>
    holds(({ events, commands }) => {
      let putBy: number | undefined;
      let accepted: { mark: Mark; commandId: string } | undefined;
      for (const event of events) {
        if (event.kind === 'accepted') accepted = event;
        if (event.kind !== 'started' || event.because === 'boot') continue;
        if (event.because === 'restore') {
          expect(putBy).toBe(commands.get(accepted!.commandId)?.undoes);
        }
        putBy = event.because === 'update' ? accepted?.mark.gen : undefined;
      }
    }));

  it('what is accepted twice is answered twice the same, but for a way back that failed', () =>
    holds(({ events }) => {
      const answers = new Map<string, string>();
      let last: { mark: Mark; commandId: string } | undefined;
      for (const event of events) {
        if (event.kind === 'accepted' || event.kind === 'replayed') last = event;
        if (event.kind !== 'answered' || last?.commandId !== event.commandId) continue;
        // Its journal is open still: the next delivery tries again.
        if (event.code === 41) continue;
        const key = `${last.mark.gen}.${last.mark.step}`;
        const answer = `${event.op} ${event.outcome} ${event.code}`;
        expect(answers.get(key) ?? answer).toBe(answer);
        answers.set(key, answer);
      }
    }));

  it('at most one command works at a time', () =>
    holds(({ events }) => {
      let working: string | undefined;
      for (const event of events) {
        if (event.kind === 'accepted') {
          expect(working).toBeUndefined();
          working = event.commandId;
        }
        if (event.kind === 'answered' && event.commandId === working) working = undefined;
        if (event.kind === 'killed') working = undefined;
      }
    }));
});
