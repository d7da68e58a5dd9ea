/** What happens in a seed that is bent on something, beside all that happens in others. */
import type { HostFaults } from '#local/hosts/host-state.ts';
import type { ImageBehaviour } from '#local/hosts/image-catalogue.ts';
import type { Point } from '#local/hosts/point.ts';
import type { Bent } from './bent.ts';
import type { Draw } from './draw.ts';
import type { Document, Doing, Happening, OperatorAction } from './world.ts';

interface Setting {
  hosts: number;
  hours: number;
  policies: readonly Document[];
  repositories: readonly string[];
}

/** How many more happenings an hour has. */
const AN_HOUR: Readonly<Record<Bent, number>> = {
  silence: 2,
  hands: 2,
  console: 1,
  approvals: 5,
  windows: 2,
  takeovers: 2,
  retries: 2,
  one_by_one: 3,
  waits: 5,
  copies: 2,
  gates: 1,
};

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** A seed begins at six in the morning. */
const FIRST_HOUR = 6;

export function drawBentHappenings(
  bent: Bent | undefined,
  draw: Draw,
  setting: Setting,
): Happening[] {
  if (bent === undefined) return [];
  const { hours } = setting;
  return Array.from({ length: Math.ceil(AN_HOUR[bent] * hours) }, (_, index) => {
    const own = draw.within(`${bent} ${index}`);
    const atMs =
      bent === 'windows'
        ? beforeTheEnd(own, setting)
        : own.int('at', 0, (hours * HOUR_MS) / 1000) * 1000;
    const doing = { id: 0, atMs, ...drawBentDoing(bent, own, setting) };
    if (bent !== 'silence') return [doing];
    // And soon there is something to be silent about.
    const pushedMs = atMs + own.int('until the push', 30, 300) * 1000;
    return [doing, { id: 0, atMs: pushedMs, ...pushOf(own, setting, 'good') }];
  }).flat();
}

/** Some minutes before a window ends. */
function beforeTheEnd(draw: Draw, { policies, hours }: Setting): number {
  const policy = draw.pick('window', policies);
  const [hour = 0, minute = 0] = String(policy['maintenance_window_end']).split(':').map(Number);
  const endMs = (hour - FIRST_HOUR) * HOUR_MS + minute * MINUTE_MS;
  const atMs = endMs - draw.int('before', 30, 12 * 60) * 1000;
  return Math.min(Math.max(0, atMs), hours * HOUR_MS);
}

type Weighed = readonly (readonly [Doing, number])[];

function drawBentDoing(bent: Bent, draw: Draw, setting: Setting): Doing {
  return draw.weigh('what', DOINGS[bent](draw, setting));
}

const DOINGS: Readonly<Record<Bent, (draw: Draw, setting: Setting) => Weighed>> = {
  silence: (draw, { hosts }) => [[drawSilence(draw, hosts), 1]],
  hands: (draw, setting) => [
    [pushOf(draw, setting, 'dies later', { diesAfterMs: 20_000 }), 25],
    [pushOf(draw, setting, 'flaky', { unhealthyShare: 0.5 }), 20],
    [{ kind: 'repeat', host: hostOf(draw, setting), ago: draw.int('ago', 0, 3) }, 15],
    [askOf(draw, 'rollback'), 20],
    [{ kind: 'rename_policy', policy: policyOf(draw, setting), forMs: 0 }, 20],
  ],
  console: (draw, setting) => [
    [pushOf(draw, setting, 'good'), 50],
    [slow(draw, setting), 50],
  ],
  approvals: (draw, setting) => [
    [pushOf(draw, setting, 'good'), 25],
    [triggerOf(draw, setting), 25],
    [{ kind: 'rounds' }, 25],
    [{ kind: 'ask', action: 'approve', of: draw.share('of'), times: 1, isWrongPlan: true }, 25],
  ],
  windows: (draw, setting) => [[pushOf(draw, setting, 'good'), 1]],
  takeovers: (draw, setting) => [
    [slow(draw, setting), 50],
    [
      {
        kind: 'offline',
        host: hostOf(draw, setting),
        workMs: undefined,
        forMs: 10 * MINUTE_MS,
        isKnown: false,
      },
      50,
    ],
  ],
  retries: (draw, setting) => [
    [pushOf(draw, setting, 'not to be pulled', { unpullableShare: 1 }), 1],
  ],
  one_by_one: (draw, setting) => [
    [pushOf(draw, setting, 'good'), 45],
    [askOf(draw, 'cancel'), 15],
    [askOf(draw, 'rollback'), 15],
    [troubleOf(draw, setting, 'the host is unfit', { work: 'unfit' }), 12],
    [troubleOf(draw, setting, 'own commands are missing', { custom: 'missing' }), 13],
  ],
  waits: (draw, setting) => [
    [pushOf(draw, setting, 'good'), 30],
    [{ kind: 'rounds' }, 70],
  ],
  copies: (draw, setting) => [[pushOf(draw, setting, 'good'), 1]],
  gates: (draw, setting) => [[pushOf(draw, setting, 'good'), 1]],
};

function pushOf(
  draw: Draw,
  { repositories }: Setting,
  what: string,
  behaviour: ImageBehaviour = {},
): Doing {
  const repository = draw.pick('repository', repositories);
  return { kind: 'push', repository, what, behaviour, movesLatest: true };
}

function triggerOf(draw: Draw, setting: Setting): Doing {
  const repository = draw.pick('repository', setting.repositories);
  const back = draw.int('back', 0, 3);
  return { kind: 'trigger', policy: policyOf(draw, setting), repository, back };
}

function askOf(draw: Draw, action: OperatorAction): Doing {
  return { kind: 'ask', action, of: draw.share('of'), times: 1, isWrongPlan: false };
}

function slow(draw: Draw, setting: Setting): Doing {
  return troubleOf(draw, setting, 'slow', { slowFactor: 30 });
}

function troubleOf(draw: Draw, setting: Setting, what: string, faults: HostFaults): Doing {
  const hosts = [hostOf(draw, setting)];
  return { kind: 'host_fault', what, hosts, workMs: undefined, faults, forMs: 20 * MINUTE_MS };
}

function hostOf(draw: Draw, { hosts }: Setting): number {
  return draw.int('host', 0, hosts - 1);
}

function policyOf(draw: Draw, { policies }: Setting): string {
  return String(draw.pick('policy', policies)['id']);
}

const LAST_POINTS: readonly Point[] = [
  'fenced',
  'verifying',
  'committing',
  'remembered',
  'recorded',
];

function drawSilence(draw: Draw, hosts: number): Doing {
  const [what, faults] = draw.weigh<readonly [string, HostFaults]>('silence', [
    [['killed', { diesAt: draw.pick('point', LAST_POINTS) }], 25],
    [['silent before its work', { silent: 'before_work' }], 10],
    [['silent after its work', { silent: 'after_work' }], 15],
    [['the reply is lost', { reply: 'lost' }], 25],
    [['the reply is the one before', { reply: 'earlier' }], 25],
  ]);
  const first = draw.int('first', 0, hosts - 1);
  const picked = [first, (first + 1) % hosts, (first + 2) % hosts];
  return {
    kind: 'host_fault',
    what,
    hosts: picked,
    workMs: undefined,
    faults,
    forMs: draw.int('for', 5, 40) * MINUTE_MS,
  };
}
