/** Policies of many shapes, each of them sound. */
import type { Draw } from './draw.ts';
import type { Document } from './world.ts';

export interface Place {
  id: string;
  image_pattern: string;
  container?: string;
  fleet_id: string;
  repositories: readonly string[];
}

export const PLACES: readonly Place[] = [
  {
    id: 'shop-web',
    image_pattern: 'shop/web:*',
    container: 'web',
    fleet_id: 'production',
    repositories: ['shop/web'],
  },
  {
    id: 'shop-api',
    image_pattern: 'shop/api:*',
    container: 'api',
    fleet_id: 'production',
    repositories: ['shop/api'],
  },
  {
    id: 'shop-web-dev',
    image_pattern: 'shop/web:*',
    container: 'web',
    fleet_id: 'dev',
    repositories: ['shop/web'],
  },
  {
    id: 'infra',
    image_pattern: 'infra/*:*',
    fleet_id: 'infra',
    repositories: ['infra/agent', 'infra/logs'],
  },
];

export function containersOf({ container, repositories }: Place): string[] {
  return repositories.map((name) => container ?? name.slice(name.lastIndexOf('/') + 1));
}

/** One place always, the others at times. */
export function drawPlaces(draw: Draw): Place[] {
  const first = draw.pick('first place', PLACES);
  return PLACES.filter((place) => place === first || draw.chance(`place ${place.id}`, 0.3));
}

export function drawPolicy(place: Place, draw: Draw, hostIds: readonly string[]): Document {
  const { id, image_pattern, container, fleet_id } = place;
  const strategy = draw.weigh('strategy', [
    ['staged', 60],
    ['auto', 15],
    ['manual', 13],
    ['scheduled', 12],
  ] as const);
  const hasWindow = strategy === 'scheduled' || draw.chance('has a window', 0.15);
  return {
    id,
    image_pattern,
    ...(container !== undefined && { container }),
    fleet_id,
    update_strategy: strategy,
    ...(strategy !== 'auto' && drawBatches(draw, hostIds)),
    ...drawHealth(draw),
    ...drawThresholds(draw),
    ...(hasWindow && drawWindow(draw)),
    ...drawChoice(draw),
    runtime: draw.weigh('runtime', [
      ['recreate', 70],
      ['compose', 15],
      ['command', 15],
    ] as const),
    on_newer: draw.weigh('on_newer', [
      ['supersede', 60],
      ['queue', 25],
      ['ignore', 15],
    ] as const),
    on_create: draw.chance('on_create', 0.2) ? 'rollout' : 'record',
    approval: {
      expires_after_hours: draw.int('approval', 1, 4),
    },
    rollback_timeout_seconds: draw.pick('rollback_timeout_seconds', [60, 120, 600]),
    ...drawNotifications(draw),
  };
}

/** Of the account and region in which everything here is. */
const TOPIC_ARN = 'arn:aws:sns:eu-west-1:111122223333:';
export const TOPICS = ['ops', 'chat'] as const;

function drawNotifications(draw: Draw): Document {
  const topics = draw.weigh<readonly string[]>('topics', [
    [[], 55],
    [['ops'], 30],
    [TOPICS, 15],
  ]);
  const notifications = topics.map((name) => ({ topic_arn: `${TOPIC_ARN}${name}` }));
  return notifications.length > 0 ? { notifications } : {};
}

function drawBatches(draw: Draw, hostIds: readonly string[]): Document {
  return {
    staged_batches: draw.pick('staged_batches', [
      [0.1, 0.5, 1],
      ['1 host', 1],
      [1],
      ['1 host', '50%', '100%'],
      2,
      [0.25, 1],
    ]),
    batch_delay_minutes: draw.pick('batch_delay_minutes', [0, 1, 3, 10]),
    ...(draw.chance('has max_unavailable', 0.2) && {
      max_unavailable: draw.int('max_unavailable', 1, 4),
    }),
    ...(draw.chance('has a first batch', 0.1) && {
      first_batch: [draw.pick('first batch', hostIds)],
    }),
    ...(draw.chance('spread', 0.15) && { spread: 'zones' }),
    ...(draw.chance('has max_hosts', 0.05) && { max_hosts: draw.int('max_hosts', 1, 30) }),
  };
}

const QUICK = { timeout_seconds: 5, retry_count: 3, interval_seconds: 5 };

function drawHealth(draw: Draw): Document {
  const type = draw.weigh('health', [
    ['http', 40],
    ['tcp', 15],
    ['container_running', 15],
    ['docker_health', 15],
    ['custom', 15],
  ] as const);
  const endpoint = type === 'http' ? { endpoint: 'http://localhost:8080/health' } : {};
  const port = type === 'tcp' ? { port: 8080 } : {};
  return {
    health_check_enabled: draw.chance('health_check_enabled', 0.92),
    health_check: { type, ...endpoint, ...port, ...QUICK },
    health_check_timeout_seconds: draw.pick('health_check_timeout_seconds', [60, 120, 300]),
    soak_seconds: draw.pick('soak_seconds', [0, 0, 0, 30, 120]),
  };
}

function drawThresholds(draw: Draw): Document {
  return {
    max_failure_rate: draw.pick('max_failure_rate', [0, 0.1, 0.2, 0.5, 1]),
    max_consecutive_failures: draw.pick('max_consecutive_failures', [1, 2, 3, 10]),
    max_unknown_rate: draw.pick('max_unknown_rate', [0, 0.2, 0.5, 1]),
    auto_rollback: draw.chance('auto_rollback', 0.75),
    on_threshold: draw.pick('on_threshold', ['hold', 'rollback', 'rollback']),
  };
}

export function drawWindow(draw: Draw): Document {
  const hour = draw.int('window', 0, 23);
  const pad = (value: number) => String(value % 24).padStart(2, '0');
  return {
    maintenance_window_start: `${pad(hour)}:00`,
    maintenance_window_end: `${pad(hour + draw.int('window hours', 1, 12))}:30`,
    maintenance_window_zone: draw.pick('window zone', ['UTC', 'America/New_York', 'Asia/Kolkata']),
  };
}

function drawChoice(draw: Draw): Document {
  const choice = draw.weigh<Document | undefined>('tag_choice', [
    [undefined, 55],
    [{ type: 'semver', range: '>=1.0.0' }, 15],
    [{ type: 'numerical', filter: { pattern: '^1\\.0\\.(?<n>\\d+)$', extract: '$n' } }, 10],
    [{ type: 'alphabetical' }, 5],
    [{ type: 'digest', tag: 'latest' }, 15],
  ]);
  return choice === undefined ? {} : { tag_choice: choice };
}
