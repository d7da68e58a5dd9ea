/** What happens in a seed, and when; drawn before it is played. */
import type { HostFaults } from '#local/hosts/host-state.ts';
import type { ImageBehaviour } from '#local/hosts/image-catalogue.ts';
import { POINTS } from '#local/hosts/point.ts';
import type { Draw } from './draw.ts';
import { containersOf, drawWindow, PLACES } from './draw-policies.ts';
import type { AfterStop, Doing, HandMade, Happening, Outage, Size } from './world.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

interface Setting extends Size {
  policies: readonly string[];
  repositories: readonly string[];
  /** What a second stack brings, if there is one. */
  second: Extract<Doing, { kind: 'second_stack' }>;
}

/** How many of a kind there are. */
interface Kind {
  name: string;
  count(setting: Setting): number;
  draw(draw: Draw, setting: Setting): Doing;
  /** At most so long after a push, where it is close to one. */
  nearSeconds?: number;
}

const NEAR_SECONDS = 15 * 60;

const KINDS: readonly Kind[] = [
  { name: 'push', count: ({ hours }) => Math.max(6, hours), draw: drawPush },
  { name: 'push again', count: ({ hours }) => hours / 8, draw: drawPushAgain },
  { name: 'delete', count: ({ hours }) => hours / 10, draw: drawDelete, nearSeconds: 1 },
  { name: 'rounds', count: ({ hours }) => hours * 1.5, draw: () => ({ kind: 'rounds' }) },
  { name: 'ask', count: ({ hours }) => hours * 0.8, draw: drawAsk },
  { name: 'trigger', count: ({ hours }) => hours / 6, draw: drawTrigger },
  { name: 'console', count: ({ hours }) => hours / 3, draw: drawConsole },
  { name: 'host', count: ({ hours, hosts }) => (hours * hosts) / 12, draw: drawHostFate },
  { name: 'fault', count: ({ hours, hosts }) => (hours * hosts) / 12, draw: drawHostFault },
  { name: 'clock', count: ({ hours, hosts }) => (hours * hosts) / 80, draw: drawClock },
  { name: 'hand', count: ({ hours, hosts }) => (hours * hosts) / 50, draw: drawByHand },
  { name: 'policy', count: ({ hours }) => hours / 3, draw: drawPolicyChange },
  { name: 'second stack', count: () => 0.08, draw: (_, { second }) => second },
  { name: 'outage', count: ({ hours }) => hours / 3, draw: drawOutage },
];

export function drawHappenings(draw: Draw, setting: Setting): Happening[] {
  const horizonMs = setting.hours * HOUR_MS;
  const drawn = KINDS.flatMap(({ name, count, draw: drawKind, nearSeconds = NEAR_SECONDS }) => {
    const most = count(setting);
    const whole = Math.floor(most) + (draw.chance(`one more ${name}`, most % 1) ? 1 : 0);
    return Array.from({ length: whole }, (_, index) => {
      const own = draw.within(`${name} ${index}`);
      // Half of them are close to a push: a quiet cloud has little to go wrong.
      const near = own.chance('near a push', 0.5) && name !== 'push';
      const push = own.int('which push', 0, Math.max(6, Math.floor(setting.hours)) - 1);
      const atMs = near
        ? pushAtMs(draw, push, horizonMs) + own.int('after it', 0, nearSeconds) * 1000
        : name === 'push'
          ? pushAtMs(draw, index, horizonMs)
          : own.int('at', 0, horizonMs / 1000) * 1000;
      return { atMs, ...drawKind(own, setting) };
    });
  });
  return drawn.toSorted((one, other) => one.atMs - other.atMs).map((one, id) => ({ id, ...one }));
}

function pushAtMs(draw: Draw, index: number, horizonMs: number): number {
  // Two in one second, at times.
  const twin = draw.chance(`push ${index} is a twin`, 0.12) && index > 0 ? index - 1 : index;
  const beside = twin === index ? 0 : draw.int(`push ${index} beside`, 0, 900);
  return draw.int(`push ${twin} at`, 0, horizonMs / 1000) * 1000 + beside;
}

function drawPush(draw: Draw, { repositories }: Setting): Doing {
  const [what, behaviour] = draw.weigh<readonly [string, ImageBehaviour]>('image', [
    [['good', {}], 46],
    [['bad', { unhealthyShare: 1 }], 14],
    [['flaky', { unhealthyShare: draw.pick('share', [0.05, 0.2, 0.5]) }], 12],
    [['dies later', { diesAfterMs: draw.pick('after', [20_000, 60_000, 300_000]) }], 8],
    [['slow to start', { warmUpMs: draw.pick('warm-up', [5_000, 30_000, 200_000]) }], 8],
    [['not to be pulled', { unpullableShare: draw.pick('share', [0.2, 1]) }], 6],
    [['of another platform', { platforms: ['linux/arm64'] }], 3],
    [['without HEALTHCHECK', { healthcheck: 'none' }], 3],
  ]);
  const repository = draw.pick('repository', repositories);
  return { kind: 'push', repository, what, behaviour, movesLatest: draw.chance('latest', 0.7) };
}

function drawPushAgain(draw: Draw, { repositories }: Setting): Doing {
  return {
    kind: 'push_again',
    repository: draw.pick('repository', repositories),
    back: draw.int('back', 1, 3),
  };
}

function drawDelete(draw: Draw, { repositories }: Setting): Doing {
  return {
    kind: draw.pick('what', ['delete_tag', 'delete_image']),
    repository: draw.pick('repository', repositories),
  };
}

function drawAsk(draw: Draw): Doing {
  const action = draw.weigh('action', [
    ['pause', 30],
    ['resume', 15],
    ['approve', 10],
    ['reject', 3],
    ['cancel', 14],
    ['rollback', 14],
    ['retry-failed', 14],
  ] as const);
  return {
    kind: 'ask',
    action,
    of: draw.share('of'),
    times: draw.chance('twice', 0.2) ? 2 : 1,
    isWrongPlan: draw.chance('wrong plan', 0.15),
  };
}

function drawTrigger(draw: Draw, { policies, repositories }: Setting): Doing {
  if (draw.chance('to an earlier one', 0.3)) return { kind: 'return_to', of: draw.share('of') };
  return {
    kind: 'trigger',
    policy: draw.pick('policy', policies),
    repository: draw.pick('repository', repositories),
    back: draw.int('back', 0, 3),
  };
}

function drawConsole(draw: Draw): Doing {
  const of = draw.share('of');
  if (draw.chance('Redrive', 0.3)) return { kind: 'Redrive', of };
  const next = draw.weigh<AfterStop | undefined>('next', [
    [undefined, 30],
    ['Redrive', 25],
    ['resume', 5],
    ['cancel', 15],
    ['rollback', 10],
    ['start', 15],
  ]);
  const afterMs = draw.pick('after', [5, 20, 60, 240, 1_800]) * 1000;
  return { kind: 'Stop', of, isNext: draw.chance('is next', 0.3), next, afterMs };
}

function drawHostFate(draw: Draw, { hosts }: Setting): Doing {
  const host = draw.int('host', 0, hosts - 1);
  const workMs = draw.chance('at work', 0.5) ? draw.int('work', 0, 20_000) : undefined;
  const kind = draw.weigh('fate', [
    ['reboot', 40],
    ['offline', 28],
    ['vanish', 10],
    ['join', 6],
    ['untag', 10],
    ['repeat', 16],
  ] as const);
  switch (kind) {
    case 'reboot':
      return {
        kind,
        host,
        workMs,
        downMs: draw.int('down', 10, 240) * 1000,
        runsAgain: draw.chance('runs again', 0.5),
      };
    case 'offline': {
      const isLong = draw.chance('long', 0.4);
      const seconds = isLong ? draw.int('long for', 1, 6) * 3600 : draw.int('for', 20, 900);
      return { kind, host, workMs, forMs: seconds * 1000, isKnown: draw.chance('known', 0.3) };
    }
    case 'vanish':
      return { kind, host, workMs, isReplaced: draw.chance('replaced', 0.7) };
    case 'repeat':
      return { kind, host, ago: draw.pick('ago', [0, 0, 1, 1, 2, 3]) };
    case 'join':
      return { kind };
    case 'untag':
      return { kind, host, forMs: draw.int('for', 1, 120) * MINUTE_MS };
  }
}

/** Another program takes it in the midst of a swap: the new container fails its check, the old one cannot start. */
const PORT_TAKEN = 'the port is taken';

function drawHostFault(draw: Draw, { hosts }: Setting): Doing {
  const [what, faults] = draw.weigh<readonly [string, HostFaults]>('fault', [
    [['disk full', { work: 'disk_full' }], 8],
    [['state cannot be written', { work: 'state_write' }], 5],
    [['Docker is down', { work: 'docker_down' }], 8],
    [['the pull fails', { work: 'pull_failed' }], 6],
    [['the login has expired', { work: 'auth' }], 4],
    [['the container cannot be made', { work: 'create_failed' }], 4],
    [['the host is unfit', { work: 'unfit' }], 5],
    [['every check fails', { failsEveryCheck: true }], 10],
    [[PORT_TAKEN, { undoFails: true, failsEveryCheck: true }], 8],
    [['own commands are missing', { custom: 'missing' }], 5],
    [['own command says no digest', { custom: 'no_digest' }], 2],
    [['killed', { diesAt: draw.pick('point', POINTS) }], 18],
    [['silent before its work', { silent: 'before_work' }], 6],
    [['silent after its work', { silent: 'after_work' }], 6],
    [['the reply is lost', { reply: 'lost' }], 8],
    [['the reply is cut', { reply: 'cut' }], 5],
    [['the reply is the one before', { reply: 'earlier' }], 5],
    [['the exit code is another', { reply: 'other_exit' }], 4],
    [['the clock is ahead', { clockAheadMs: draw.pick('ahead', [60_000, 3_600_000]) }], 7],
    [['slow', { slowFactor: draw.pick('factor', [5, 30, 300]) }], 14],
  ]);
  const workMs = what === PORT_TAKEN ? draw.int('work', 2_000, 15_000) : undefined;
  const count = draw.chance('one', 0.7) ? 1 : draw.int('how many', 2, Math.max(2, hosts / 3));
  const picked = Array.from({ length: count }, (_, index) =>
    draw.int(`host ${index}`, 0, hosts - 1),
  );
  const forMs = draw.int('for', 1, draw.chance('long', 0.3) ? 180 : 20) * MINUTE_MS;
  return { kind: 'host_fault', what, hosts: picked, workMs, faults, forMs };
}

/** By up to an hour; in most of them there is something to be taken after its deadline. */
function drawClock(draw: Draw, { hosts }: Setting): Doing {
  return {
    kind: 'clock_behind',
    host: draw.int('host', 0, hosts - 1),
    behindMs: draw.pick('behind', [5_000, 600_000, 3_600_000, 3_600_000]),
    silentMs: draw.chance('silent', 0.7) ? draw.int('silent for', 2, 25) * MINUTE_MS : 0,
    forMs: draw.int('for', 30, 120) * MINUTE_MS,
  };
}

const HAND_MADE: readonly HandMade[] = [
  'run',
  'stop',
  'remove',
  'prune',
  'prune_images',
  'lose_state',
  'damage',
];

function drawByHand(draw: Draw, { hosts, policies }: Setting): Doing {
  const places = PLACES.filter(({ id }) => policies.includes(id));
  return {
    kind: 'by_hand',
    host: draw.int('host', 0, hosts - 1),
    container: draw.pick('container', places.flatMap(containersOf)),
    what: draw.pick('what', HAND_MADE),
  };
}

function drawPolicyChange(draw: Draw, { policies, repositories }: Setting): Doing {
  const policy = draw.pick('policy', policies);
  const forMs = draw.int('for', 5, 120) * MINUTE_MS;
  const kind = draw.weigh('change', [
    ['edit', 50],
    ['freeze', 20],
    ['remove_policy', 10],
    ['rename_policy', 8],
    ['poison', 12],
  ] as const);
  switch (kind) {
    case 'edit':
      return { kind, policy, changes: drawChanges(draw) };
    case 'poison':
      return { kind, repository: draw.pick('repository', repositories) };
    case 'freeze':
      return { kind, policy, forMs, isNext: draw.chance('is next', 0.5) };
    case 'remove_policy':
      return { kind, policy, forMs, isTaken: draw.chance('is taken', 0.3) };
    default:
      return { kind, policy, forMs };
  }
}

/** Who waits for a window need not wait any more. */
const ALL_DAY = {
  maintenance_window_start: '00:00',
  maintenance_window_end: '23:59',
  maintenance_window_zone: 'UTC',
};

function drawChanges(draw: Draw): Readonly<Record<string, unknown>> {
  return draw.pick('changes', [
    { max_failure_rate: 0, max_consecutive_failures: 1 },
    { max_failure_rate: 1, max_consecutive_failures: 100, max_unknown_rate: 1 },
    { on_threshold: 'hold' },
    { on_newer: draw.pick('on_newer', ['supersede', 'queue', 'ignore']) },
    { fleet_id: draw.pick('fleet', ['production', 'dev', 'nobody']) },
    { soak_seconds: 60 },
    { rollback_timeout_seconds: 30 },
    { health_check_enabled: false },
    drawWindow(draw),
    ALL_DAY,
    { max_unavailable: 2 },
  ]);
}

const OUTAGE_MINUTES: Partial<Record<Outage, readonly [number, number]>> = {
  lambda: [1, 10],
  machines: [5, 45],
  targets: [5, 40],
  topics: [5, 60],
  a_topic_is_gone: [5, 120],
  waits: [10, 80],
};

function drawOutage(draw: Draw, { policies }: Setting): Doing {
  const drawn = draw.weigh<Outage>('what', [
    ['registry', 7],
    ['hosts_registry', 7],
    ['bus', 8],
    ['machines', 14],
    ['targets', 16],
    ['waits', 22],
    ['news', 8],
    ['lambda', 10],
    ['topics', 9],
    ['a_topic_is_gone', 7],
    ['ssm_throttled', 7],
    ['command_events', 7],
    ['push_events', 7],
  ]);
  const what = drawn === 'lambda' && draw.chance('of a step', 0.3) ? 'chunk_steps' : drawn;
  const [least, most] = OUTAGE_MINUTES[what] ?? [1, 30];
  const minutes = draw.int('for', least, most);
  // As long as a step's patience, as a command, or longer than anything that is at work.
  const ofNext = draw.chance('of the next', 0.5) ? draw.pick('policy', policies) : undefined;
  const longMinutes = draw.pick('long for', [4, 6, 8, 22, 25, 30, 60, 120]);
  return what === 'chunk_steps' || (what === 'lambda' && ofNext !== undefined)
    ? { kind: 'outage', what, forMs: longMinutes * MINUTE_MS, ofNext }
    : { kind: 'outage', what, forMs: minutes * MINUTE_MS, ofNext: undefined };
}
