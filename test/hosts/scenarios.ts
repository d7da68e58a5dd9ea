/**
 * What a host does, played by the real script beside a real Engine (scenarios.hosts.ts) and by the simulated
 * host of `local/` (test/local/hosts/scenarios.test.ts): the same answers, and the same end.
 *
 * A container is there unless the first step says otherwise: v1, `--restart unless-stopped`, on a port. The check
 * is http, twice in a row; v3 answers 500. Modes: recreate and command; compose.hosts.ts plays compose, which
 * the simulated host takes for recreate.
 */
import type { Scenario, Step } from './scenario.ts';

const UPDATED = 'updated 0 at done: v1 > v2, changed, healthy, prev_ready';
const RESTORED = 'restored 0 at done: v2 > v1, changed, healthy';
const ROLLED_BACK = 'rolled_back 2 at undo: v1 > v1, changed, healthy';
const TO_V2: Step = { update: 'v2', gives: UPDATED };

const ON_V2 = { runs: 'v2', current: 'v2', kept: 'v1', prev: 'v1', fence: '100.1' } as const;
const ON_V1 = { runs: 'v1', current: 'none', kept: 'none', prev: 'none', fence: '100.1' } as const;
const ON_V4 = { ...ON_V2, runs: 'v4', current: 'v4', fence: '101.1' } as const;
/** A way back found nothing of ours before: it recorded v1 as nobody's. */
const BACK_ON_V1 = { ...ON_V1, current: 'v1', fence: '101.1' } as const;
const NO_FENCE = { ...ON_V1, fence: 'none' } as const;

const UPDATES: Scenario[] = [
  { name: 'a good image takes the place of the old one', steps: [TO_V2], ends: ON_V2 },
  {
    name: 'a bad image is taken back',
    steps: [{ update: 'v3', gives: ROLLED_BACK }],
    ends: ON_V1,
  },
  {
    name: 'a bad image stays with auto=0',
    steps: [{ update: 'v3', auto: 0, gives: 'unhealthy 4 at done: v1 > v3, changed, prev_ready' }],
    ends: { ...ON_V2, runs: 'v3', current: 'v3' },
  },
  {
    name: 'what was left unhealthy may be mended by the next image',
    steps: [
      { update: 'v3', auto: 0, gives: 'unhealthy 4 at done: v1 > v3, changed, prev_ready' },
      {
        update: 'v2',
        gen: 101,
        gives: 'updated 0 at done: v3 > v2, changed, healthy, prev_ready',
      },
    ],
    ends: { ...ON_V2, kept: 'v3', prev: 'v3', fence: '101.1' },
  },
  {
    name: 'an image that was left unhealthy is only checked again',
    steps: [
      { update: 'v3', auto: 0, gives: 'unhealthy 4 at done: v1 > v3, changed, prev_ready' },
      { update: 'v3', step: 2, gives: 'unhealthy 4 at verify: v3 > v3' },
    ],
    ends: { ...ON_V2, runs: 'v3', current: 'v3', fence: '100.2' },
  },
  {
    name: 'one earlier container is kept, and no more',
    steps: [
      TO_V2,
      { update: 'v4', gen: 101, gives: 'updated 0 at done: v2 > v4, changed, healthy, prev_ready' },
    ],
    ends: { ...ON_V4, kept: 'v2', prev: 'v2' },
  },
  {
    name: 'a way back leaves alone what was kept before',
    steps: [
      TO_V2,
      { update: 'v3', gen: 101, gives: 'rolled_back 2 at undo: v2 > v2, changed, healthy' },
      { restore: 100, gen: 102, gives: RESTORED },
    ],
    ends: { ...BACK_ON_V1, fence: '102.1' },
  },
  {
    name: 'the image that runs already is adopted, and is nobody’s to take back',
    steps: [
      { update: 'v1', gives: 'unchanged 0 at verify: v1 > v1, healthy' },
      { restore: 100, gen: 101, gives: 'unchanged 0 at inspect: v1 > v1, healthy' },
    ],
    ends: BACK_ON_V1,
  },
  {
    name: 'the image that runs already, unhealthy, is no success',
    steps: [{ run: 'v3' }, { update: 'v3', gives: 'unhealthy 4 at verify: v3 > v3' }],
    ends: { ...ON_V1, runs: 'v3' },
  },
  {
    name: 'another digest of the image that runs is recorded, and starts nothing',
    steps: [
      TO_V2,
      { update: 'index', gen: 101, gives: 'unchanged 0 at verify: index > index, healthy' },
    ],
    ends: { ...ON_V2, current: 'index', fence: '101.1' },
  },
  {
    name: 'an image that ends at once is taken back',
    steps: [
      { run: 'v1', restart: 'no' },
      { update: 'crash', gives: ROLLED_BACK },
    ],
    ends: ON_V1,
  },
  {
    name: 'an image that dies while it is watched is taken back',
    steps: [{ update: 'dies', stable: 2, gives: ROLLED_BACK }],
    ends: ON_V1,
  },
];

const CHECKS: Scenario[] = [
  {
    name: 'without a check it is enough to run',
    steps: [
      {
        update: 'v3',
        check: 'none',
        gives: 'updated 0 at done: v1 > v3, changed, healthy, prev_ready',
      },
    ],
    ends: { ...ON_V2, runs: 'v3', current: 'v3' },
  },
  ...(['tcp', 'container_running', 'custom'] as const).map((check) => ({
    name: `a good image passes the check ${check}`,
    steps: [{ file: 'written' } as const, { update: 'v2', check, gives: UPDATED } as const],
    ends: ON_V2,
  })),
  {
    name: 'a bad image fails the host’s own check',
    steps: [{ file: 'written' }, { update: 'v3', check: 'custom', gives: ROLLED_BACK }],
    ends: ON_V1,
  },
  {
    name: 'a check that is not written on the host is refused',
    steps: [
      { file: 'removed' },
      { update: 'v2', check: 'custom', gives: 'refused 51 at baseline: v1 > v1' },
    ],
    ends: ON_V1,
  },
  {
    name: 'an unhealthy HEALTHCHECK is taken back',
    steps: [
      { run: 'checked' },
      {
        update: 'checkFails',
        check: 'docker_health',
        gives: 'rolled_back 2 at undo: checked > checked, changed, healthy',
      },
    ],
    ends: { ...ON_V1, runs: 'checked' },
  },
  {
    name: 'an image without a HEALTHCHECK never passes Docker’s own check',
    steps: [
      { run: 'checked' },
      {
        update: 'v2',
        check: 'docker_health',
        gives: 'rolled_back 2 at undo: checked > checked, changed, healthy',
      },
    ],
    ends: { ...ON_V1, runs: 'checked' },
  },
  {
    name: 'what fails its check before is not touched',
    steps: [{ run: 'v3' }, { update: 'v2', gives: 'refused 45 at baseline: v3 > v3' }],
    ends: { ...ON_V1, runs: 'v3' },
  },
  {
    name: 'a probe tells health, and moves no fence',
    steps: [
      { look: 'probe', gives: 'healthy 0 at done: v1 > v1, healthy' },
      { run: 'v3' },
      { look: 'probe', gives: 'unhealthy 4 at verify: v3 > v3' },
      { hand: 'removes' },
      { look: 'probe', gives: 'failed 33 at inspect: - > -' },
      { host: 'engineless' },
      { look: 'probe', gives: 'failed 30 at inspect: - > -' },
    ],
    ends: { ...NO_FENCE, runs: 'nothing' },
  },
  {
    name: 'a status tells the fence and the last answer',
    steps: [
      { look: 'status', gives: 'status 0 at idle: v1 > v1, healthy' },
      TO_V2,
      {
        look: 'status',
        gen: 900,
        gives: 'status 0 at idle: v2 > v2, healthy, prev_ready, fence 100.1, last updated 0',
      },
      { look: 'status', owner: 'other', gives: 'status 0 at idle: v2 > v2, healthy, prev_ready' },
      { hand: 'removes' },
      {
        look: 'status',
        gives: 'status 0 at idle: - > -, prev_ready, fence 100.1, last updated 0',
      },
    ],
    ends: { ...ON_V2, runs: 'nothing' },
  },
];

/** Nothing is touched: v1 runs on, and the fence has moved where the command was accepted. */
const REFUSALS: Scenario[] = [
  {
    name: 'a container that is missing is not made up',
    steps: [{ hand: 'removes' }, { update: 'v2', gives: 'failed 33 at inspect: - > -' }],
    ends: { ...ON_V1, runs: 'nothing' },
  },
  {
    name: 'a container that somebody stopped stays stopped',
    steps: [{ hand: 'stops' }, { update: 'v2', gives: 'failed 33 at inspect: v1 > v1' }],
    ends: { ...ON_V1, runs: 'nothing' },
  },
  {
    name: 'a container that removes itself cannot be kept',
    steps: [
      { run: 'v1', restart: 'no', trait: 'removes_itself' },
      { update: 'v2', gives: 'refused 35 at inspect: v1 > v1' },
    ],
    ends: ON_V1,
  },
  {
    name: 'a container of Compose is Compose’s',
    steps: [
      { run: 'v1', trait: 'managed' },
      { update: 'v2', gives: 'refused 43 at inspect: v1 > v1' },
    ],
    ends: ON_V1,
  },
  {
    name: 'a container on which another hangs is left',
    steps: [
      { run: 'v1', trait: 'depended_on' },
      { update: 'v2', gives: 'refused 48 at inspect: v1 > v1' },
    ],
    ends: ON_V1,
  },
  {
    name: 'an image that another hand put there is drift',
    steps: [
      TO_V2,
      { hand: 'removes' },
      { run: 'v4' },
      { update: 'v1', gen: 101, gives: 'refused 44 at inspect: v4 > v4' },
      { restore: 100, gen: 102, gives: 'unchanged 0 at inspect: v4 > v4, healthy' },
    ],
    ends: { ...ON_V2, runs: 'v4', fence: '102.1' },
  },
  {
    name: 'the same image by another hand is no drift',
    steps: [
      TO_V2,
      { hand: 'removes' },
      { run: 'v2' },
      { update: 'v4', gen: 101, gives: 'updated 0 at done: v2 > v4, changed, healthy, prev_ready' },
    ],
    ends: { ...ON_V4, kept: 'v2', prev: 'v2' },
  },
  {
    name: 'a registry that does not answer is waited for by nobody; the next step may find it back',
    steps: [
      { registry: 'silent' },
      { update: 'v2', gives: 'failed 36 at pull: v1 > v1' },
      { registry: 'back' },
      { update: 'v2', step: 2, gives: UPDATED },
    ],
    ends: { ...ON_V2, fence: '100.2' },
  },
  {
    name: 'an image that is here needs no registry',
    steps: [
      TO_V2,
      { restore: 100, gen: 101, gives: RESTORED },
      { registry: 'gone' },
      { update: 'v2', gen: 102, gives: UPDATED },
    ],
    ends: { ...ON_V2, fence: '102.1' },
  },
  {
    name: 'an image that the registry has no more is not found',
    steps: [{ registry: 'gone' }, { update: 'v2', gives: 'failed 37 at pull: v1 > v1' }],
    ends: ON_V1,
  },
  {
    name: 'a digest that never was is not found',
    steps: [{ update: 'absent', gives: 'failed 37 at pull: v1 > v1' }],
    ends: ON_V1,
  },
  {
    name: 'a registry that asks for a password refuses the host',
    steps: [{ registry: 'locked' }, { update: 'v2', gives: 'failed 38 at pull: v1 > v1' }],
    ends: ON_V1,
  },
  {
    name: 'an image for another machine is not taken',
    steps: [{ update: 'foreign', gives: 'failed 46 at pull: v1 > v1' }],
    ends: ON_V1,
  },
  {
    name: 'a full disk is seen before anything is stopped',
    steps: [{ host: 'full' }, { update: 'v2', gives: 'failed 32 at pull: v1 > v1' }],
    ends: ON_V1,
  },
  {
    name: 'what cannot be created changes nothing, and is answered so again',
    steps: [
      { host: 'uncreative' },
      { update: 'v2', gives: 'failed 39 at create: v1 > v1' },
      { host: 'well' },
      { update: 'v2', repeats: true },
      { update: 'v2', step: 2, gives: UPDATED },
    ],
    ends: { ...ON_V2, fence: '100.2' },
  },
  ...(
    [
      ['unwritable', 'failed 31 at preflight: - > -'],
      ['engineless', 'failed 30 at preflight: - > -'],
      ['podman', 'refused 42 at preflight: - > -'],
    ] as const
  ).map(([host, gives]) => ({
    name: `a host that is ${host} takes no command, and the same one when it is well`,
    steps: [{ host }, { update: 'v2', gives }, { host: 'well' }, TO_V2] as const,
    ends: ON_V2,
  })),
];

const FENCE: Scenario[] = [
  {
    name: 'the same command again is the same answer',
    steps: [TO_V2, { update: 'v2', repeats: true }],
    ends: ON_V2,
  },
  {
    name: 'a failure again is the same failure',
    steps: [
      { update: 'v3', gives: ROLLED_BACK },
      { update: 'v3', repeats: true },
    ],
    ends: ON_V1,
  },
  {
    name: 'an older command that comes late is stale',
    steps: [
      { update: 'v2', step: 2, gives: UPDATED },
      { update: 'v4', step: 1, gives: 'refused 12 at preflight: - > -' },
      { update: 'v4', gen: 99, step: 9, gives: 'refused 12 at preflight: - > -' },
    ],
    ends: { ...ON_V2, fence: '100.2' },
  },
  {
    name: 'a command whose time has passed changes nothing',
    steps: [{ update: 'v2', expired: true, gives: 'refused 13 at preflight: - > -' }],
    ends: NO_FENCE,
  },
  {
    name: 'another owner is told whose the container is',
    steps: [
      TO_V2,
      { update: 'v4', gen: 900, owner: 'other', gives: 'refused 14 at preflight: - > -' },
    ],
    ends: ON_V2,
  },
  {
    name: 'another action under the same number is refused',
    steps: [TO_V2, { restore: 100, gives: 'refused 20 at preflight: - > -' }],
    ends: ON_V2,
  },
  {
    name: 'of two at once one works, and the other hears that',
    steps: [
      { update: 'v2', grace: 8, later: UPDATED },
      { update: 'v4', gen: 101, gives: 'busy 11 at preflight: - > -' },
    ],
    ends: ON_V2,
  },
  {
    name: 'a fence that is lost stands on the labels',
    steps: [
      TO_V2,
      { hand: 'loses the state' },
      { update: 'v4', gen: 900, owner: 'other', gives: 'refused 14 at preflight: - > -' },
      { update: 'v4', gen: 99, gives: 'refused 12 at preflight: - > -' },
    ],
    ends: { ...ON_V2, current: 'none', prev: 'none', fence: 'none' },
  },
  {
    name: 'without its state a host goes back to the container that it kept',
    steps: [TO_V2, { hand: 'loses the state' }, { restore: 100, gen: 101, gives: RESTORED }],
    ends: { ...ON_V1, fence: '101.1' },
  },
  {
    name: 'without its state a host that hears of the same image knows still who put it there',
    steps: [
      TO_V2,
      { hand: 'loses the state' },
      { update: 'v2', step: 2, gives: 'unchanged 0 at verify: v2 > v2, healthy' },
      { restore: 100, gen: 101, gives: RESTORED },
    ],
    ends: { ...ON_V1, fence: '101.1' },
  },
  {
    name: 'without its state and what it kept, a host cannot go back',
    steps: [
      TO_V2,
      { hand: 'loses the state' },
      { hand: 'prunes' },
      { restore: 100, gen: 101, gives: 'failed 34 at inspect: v2 > v2' },
    ],
    ends: { ...ON_V2, current: 'none', prev: 'none', kept: 'none', fence: '101.1' },
  },
  {
    name: 'a fence that is not as it was written is believed by nobody',
    steps: [
      TO_V2,
      { damages: 'fence' },
      { update: 'v4', gen: 101, gives: 'failed 40 at preflight: - > -' },
    ],
    ends: { ...ON_V2, fence: 'damaged' },
  },
  {
    name: 'a record that is not as it was written is believed by nobody',
    steps: [
      TO_V2,
      { damages: 'current' },
      { update: 'v4', gen: 101, gives: 'failed 40 at inspect: v2 > -' },
    ],
    ends: { ...ON_V2, current: 'damaged', fence: '101.1' },
  },
  {
    name: 'a journal that is not as it was written is believed by nobody',
    steps: [
      { update: 'v2', killedAt: 'verifying' },
      { damages: 'journal' },
      { update: 'v2', gives: 'failed 40 at preflight: - > -' },
      { restore: 100, gen: 101, gives: 'failed 40 at preflight: - > -' },
    ],
    ends: { ...ON_V2, current: 'none', prev: 'none', fence: '101.1', journal: 'damaged' },
  },
];

const RESTORES: Scenario[] = [
  {
    name: 'a host goes back without a registry, once',
    steps: [
      TO_V2,
      { registry: 'gone' },
      { restore: 100, gen: 101, gives: RESTORED },
      { restore: 100, gen: 101, repeats: true },
      { restore: 100, gen: 101, step: 2, gives: 'unchanged 0 at inspect: v1 > v1, healthy' },
    ],
    ends: { ...BACK_ON_V1, fence: '101.2' },
  },
  {
    name: 'a host goes back only from what the generation put there',
    steps: [TO_V2, { restore: 99, gen: 101, gives: 'unchanged 0 at inspect: v2 > v2, healthy' }],
    ends: { ...ON_V2, fence: '101.1' },
  },
  {
    name: 'a host that went back by itself has nothing to go back from',
    steps: [
      { update: 'v3', gives: ROLLED_BACK },
      { restore: 100, gen: 101, gives: 'unchanged 0 at inspect: v1 > v1, healthy' },
    ],
    ends: { ...ON_V1, fence: '101.1' },
  },
  {
    name: 'a host goes back one generation, and knows of no other',
    steps: [
      TO_V2,
      { update: 'v4', gen: 101, gives: 'updated 0 at done: v2 > v4, changed, healthy, prev_ready' },
      { restore: 101, gen: 102, gives: 'restored 0 at done: v4 > v2, changed, healthy' },
      { restore: 100, gen: 103, gives: 'failed 34 at inspect: v2 > v2' },
    ],
    ends: { ...ON_V2, kept: 'none', prev: 'none', fence: '103.1' },
  },
  {
    name: 'a kept container that was pruned is made again',
    steps: [TO_V2, { hand: 'prunes' }, { restore: 100, gen: 101, gives: RESTORED }],
    ends: BACK_ON_V1,
  },
  {
    name: 'a kept container whose image was pruned too is made again from the registry',
    steps: [TO_V2, { hand: 'prunes images' }, { restore: 100, gen: 101, gives: RESTORED }],
    ends: BACK_ON_V1,
  },
  {
    name: 'a kept container whose image is nowhere cannot come back',
    steps: [
      TO_V2,
      { hand: 'prunes images' },
      { registry: 'gone' },
      { restore: 100, gen: 101, gives: 'failed 34 at inspect: v2 > v2' },
    ],
    ends: { ...ON_V2, kept: 'none', fence: '101.1' },
  },
  {
    name: 'a host goes back where the new container was removed by hand',
    steps: [
      TO_V2,
      { hand: 'removes' },
      { restore: 100, gen: 101, gives: 'restored 0 at done: - > v1, changed, healthy' },
    ],
    ends: BACK_ON_V1,
  },
  {
    name: 'a host on which neither the new nor the kept container is left cannot go back',
    steps: [
      TO_V2,
      { hand: 'removes' },
      { hand: 'prunes' },
      { restore: 100, gen: 101, gives: 'failed 34 at inspect: - > -' },
    ],
    ends: { ...ON_V2, runs: 'nothing', kept: 'none', fence: '101.1' },
  },
  {
    name: 'a host goes back from a container that somebody stopped',
    steps: [TO_V2, { hand: 'stops' }, { restore: 100, gen: 101, gives: RESTORED }],
    ends: BACK_ON_V1,
  },
  {
    name: 'a host that goes back to what is unhealthy says so',
    steps: [
      { update: 'v3', auto: 0, gives: 'unhealthy 4 at done: v1 > v3, changed, prev_ready' },
      { update: 'v2', gen: 101, gives: 'updated 0 at done: v3 > v2, changed, healthy, prev_ready' },
      {
        restore: 101,
        gen: 102,
        gives: 'rolled_back_unhealthy 5 at verify: v2 > v3, changed',
      },
    ],
    ends: { ...ON_V1, runs: 'v3', current: 'v3', fence: '102.1' },
  },
];

const INSTALLED = 'updated 0 at done: - > v2, changed, healthy, prev_ready';
const ON_INSTALLED = { ...ON_V2, kept: 'none', prev: 'nothing' } as const;
const ON_NOTHING = { ...ON_V1, runs: 'nothing' } as const;

const INSTALLS: Scenario[] = [
  {
    name: 'a first container is made as the policy says',
    steps: [{ hand: 'removes' }, { update: 'v2', install: true, gives: INSTALLED }],
    ends: ON_INSTALLED,
  },
  {
    name: 'a container that is there is updated, whatever the policy says',
    steps: [{ update: 'v2', install: true, gives: UPDATED }],
    ends: ON_V2,
  },
  {
    name: 'a bad first container is removed again',
    steps: [
      { hand: 'removes' },
      { update: 'v3', install: true, gives: 'rolled_back 2 at undo: - > -, changed' },
    ],
    ends: ON_NOTHING,
  },
  {
    name: 'the way back from a first container is none',
    steps: [
      { hand: 'removes' },
      { update: 'v2', install: true, gives: INSTALLED },
      { restore: 100, gen: 101, gives: 'restored 0 at verify: v2 > -, changed' },
    ],
    ends: { ...ON_NOTHING, fence: '101.1' },
  },
  ...(['created', 'named', 'started', 'verifying', 'recorded'] as const).map((killedAt) => ({
    name: `a first container whose command was killed at ${killedAt} is there when it comes again`,
    steps: [
      { hand: 'removes' } as const,
      { update: 'v2', install: true, killedAt } as const,
      { update: 'v2', install: true, gives: INSTALLED } as const,
    ],
    ends: ON_INSTALLED,
  })),
  {
    name: 'a first container whose command was killed goes with its generation',
    steps: [
      { hand: 'removes' },
      { update: 'v2', install: true, killedAt: 'verifying' },
      { restore: 100, gen: 101, gives: 'unchanged 0 at inspect: - > -' },
    ],
    ends: { ...ON_NOTHING, fence: '101.1' },
  },
];

const BEFORE_SWAP = ['fenced', 'pulled', 'prepared', 'created'] as const;
const IN_SWAP = ['swapping', 'stopped', 'kept', 'named', 'disarmed', 'started'] as const;
const AFTER_CHECK = ['committing', 'remembered', 'recorded', 'answered'] as const;
const UNTOUCHED = 'unchanged 0 at inspect: v1 > v1, healthy';
const NEWER = 'updated 0 at done: v1 > v4, changed, healthy, prev_ready';

/** Killed on the way from v1 to v2; then the same command, a newer one, or the way back. */
const KILLS: Scenario[] = [
  ...[...BEFORE_SWAP, ...IN_SWAP, 'verifying' as const, ...AFTER_CHECK].map((killedAt) => ({
    name: `killed at ${killedAt}, the same command again comes to its end`,
    steps: [{ update: 'v2', killedAt } as const, TO_V2],
    ends: ON_V2,
  })),
  ...(['pulled', 'created', 'stopped', 'named', 'started', 'verifying'] as const).flatMap(
    (killedAt): Scenario[] => [
      {
        name: `killed at ${killedAt}, a newer command begins with the old container`,
        steps: [
          { update: 'v2', killedAt },
          { update: 'v4', gen: 101, gives: NEWER },
        ],
        ends: ON_V4,
      },
      {
        name: `killed at ${killedAt}, the way back ends with the old container`,
        steps: [
          { update: 'v2', killedAt },
          { restore: 100, gen: 101, gives: UNTOUCHED },
        ],
        ends: { ...ON_V1, fence: '101.1' },
      },
    ],
  ),
  ...AFTER_CHECK.flatMap((killedAt): Scenario[] => [
    {
      name: `killed at ${killedAt}, a newer command begins with the new container`,
      steps: [
        { update: 'v2', killedAt },
        {
          update: 'v4',
          gen: 101,
          gives: 'updated 0 at done: v2 > v4, changed, healthy, prev_ready',
        },
      ],
      ends: { ...ON_V4, kept: 'v2', prev: 'v2' },
    },
    {
      name: `killed at ${killedAt}, the way back is one from the new container`,
      steps: [
        { update: 'v2', killedAt },
        { restore: 100, gen: 101, gives: RESTORED },
      ],
      ends: BACK_ON_V1,
    },
  ]),
  {
    name: 'killed while it verifies, the next step goes on with what runs',
    steps: [
      { update: 'v2', killedAt: 'verifying' },
      { look: 'status', gives: 'status 0 at verifying: v2 > v2, healthy, fence 100.1' },
      { update: 'v2', step: 2, gives: UPDATED },
    ],
    ends: { ...ON_V2, fence: '100.2' },
  },
  {
    name: 'killed while it verifies, nothing is made anew',
    steps: [
      { update: 'v2', killedAt: 'verifying' },
      { host: 'uncreative' },
      { update: 'v2', gives: UPDATED },
    ],
    ends: ON_V2,
  },
  {
    name: 'killed when it is recorded, the next step finds nothing to do, and the way back finds all',
    steps: [
      { update: 'v2', killedAt: 'recorded' },
      { update: 'v2', step: 2, gives: 'unchanged 0 at verify: v2 > v2, healthy' },
      { restore: 100, gen: 101, gives: RESTORED },
    ],
    ends: BACK_ON_V1,
  },
  {
    name: 'killed with the old image in the newer command, nothing is left to do',
    steps: [
      { update: 'v2', killedAt: 'started' },
      { update: 'v1', gen: 101, gives: 'unchanged 0 at verify: v1 > v1, healthy' },
    ],
    ends: BACK_ON_V1,
  },
];

const KILLED_BACK: Scenario[] = [
  ...(['undoing', 'removed', 'returned', 'rearmed', 'back', 'answered'] as const).flatMap(
    (killedAt): Scenario[] => [
      {
        name: `killed on its own way back at ${killedAt}, the same command says rolled_back`,
        steps: [
          { update: 'v3', killedAt },
          { update: 'v3', gives: ROLLED_BACK },
        ],
        ends: ON_V1,
      },
    ],
  ),
  {
    name: 'killed on its own way back, the same command does not try again, be it healthy now',
    steps: [
      { update: 'v3', killedAt: 'removed' },
      { update: 'v3', check: 'none', gives: ROLLED_BACK },
    ],
    ends: ON_V1,
  },
  {
    name: 'killed on its own way back, the next step tries again',
    steps: [
      { update: 'v3', killedAt: 'removed' },
      { update: 'v2', step: 2, gives: UPDATED },
    ],
    ends: { ...ON_V2, fence: '100.2' },
  },
  ...(['restoring', 'removed', 'returned', 'back', 'recorded', 'answered'] as const).map(
    (killedAt) => ({
      name: `a way back that was killed at ${killedAt} is finished by the same command`,
      steps: [
        TO_V2,
        { restore: 100, gen: 101, killedAt } as const,
        {
          restore: 100,
          gen: 101,
          gives: 'restored 0 at done: - > v1, changed, healthy',
        } as const,
      ],
      ends: BACK_ON_V1,
    }),
  ),
  {
    name: 'a way back that was killed is finished before a newer update',
    steps: [
      TO_V2,
      { restore: 100, gen: 101, killedAt: 'removed' },
      { update: 'v4', gen: 102, gives: NEWER },
    ],
    ends: { ...ON_V4, fence: '102.1' },
  },
  {
    name: 'an old container that cannot start keeps the journal, and the next command finishes it',
    steps: [
      { update: 'v2', killedAt: 'stopped' },
      { port: 'taken' },
      { update: 'v2', gives: 'failed 41 at recover: - > -, changed' },
      { look: 'status', gives: 'status 0 at swapping: v1 > v1, fence 100.1, last failed 41' },
      { update: 'v2', gives: 'failed 41 at recover: - > -, changed' },
      { port: 'free' },
      { update: 'v2', gives: UPDATED },
    ],
    ends: ON_V2,
  },
  {
    name: 'another container under the name stops the way back, and nothing of ours starts beside it',
    steps: [
      { update: 'v2', killedAt: 'kept' },
      { run: 'v4' },
      { update: 'v2', gives: 'failed 41 at recover: - > -, changed' },
      { hand: 'removes' },
      { update: 'v2', gives: UPDATED },
    ],
    ends: ON_V2,
  },
];

const POWER: Scenario[] = [
  ...(
    [
      ['prepared', 'always', 'v1'],
      ['stopped', 'always', 'v1'],
      ['stopped', undefined, 'nothing'],
      ['stopped', 'no', 'nothing'],
      ['disarmed', 'always', 'nothing'],
      ['verifying', 'always', 'v2'],
      ['verifying', undefined, 'v2'],
      ['recorded', undefined, 'v2'],
    ] as const
  ).map(([killedAt, restart, runs]) => ({
    name: `a power cut at ${killedAt} with restart ${restart ?? 'unless-stopped'} leaves ${runs}`,
    steps: [
      { run: 'v1', ...(restart && { restart }) } as const,
      { update: 'v2', killedAt, byPowerCut: true } as const,
      { runs } as const,
      TO_V2,
    ],
    ends: ON_V2,
  })),
  {
    name: 'a power cut with restart no, while it verifies, leaves nothing; the same command starts it',
    steps: [
      { run: 'v1', restart: 'no' },
      { update: 'v2', killedAt: 'verifying', byPowerCut: true },
      { runs: 'nothing' },
      TO_V2,
    ],
    ends: ON_V2,
  },
  {
    name: 'a kept container does not come back from a power cut',
    steps: [
      { run: 'v1', restart: 'always' },
      { update: 'v2', killedAt: 'closed', byPowerCut: true },
      { runs: 'v2' },
      { update: 'v2', gives: UPDATED },
    ],
    ends: ON_V2,
  },
];

/** Of containers, these have none: `kept` is none. */
const ON_COMMAND = { ...ON_V2, kept: 'none' } as const;
const COMMAND = { mode: 'command', check: 'custom' } as const;

const COMMANDS: Scenario[] = [
  {
    name: 'by command: a good image is applied',
    steps: [{ file: 'written' }, { ...COMMAND, update: 'v2', gives: UPDATED }],
    ends: ON_COMMAND,
  },
  {
    name: 'by command: a bad image is taken back',
    steps: [{ file: 'written' }, { ...COMMAND, update: 'v3', gives: ROLLED_BACK }],
    ends: ON_V1,
  },
  {
    name: 'by command: the way back is the owner’s own',
    steps: [
      { file: 'written' },
      { ...COMMAND, update: 'v2', gives: UPDATED },
      { ...COMMAND, restore: 100, gen: 101, gives: RESTORED },
    ],
    ends: BACK_ON_V1,
  },
  {
    name: 'by command: nothing is done without the owner’s file',
    steps: [
      { file: 'removed' },
      { ...COMMAND, update: 'v2', gives: 'refused 51 at inspect: - > -' },
    ],
    ends: ON_V1,
  },
  {
    name: 'by command: nothing is done where nobody can say what runs',
    steps: [{ file: 'wrong' }, { ...COMMAND, update: 'v2', gives: 'failed 50 at inspect: - > -' }],
    ends: ON_V1,
  },
  ...(['swapping', 'verifying', 'recorded'] as const).map((killedAt) => ({
    name: `by command: killed at ${killedAt}, the same command again comes to its end`,
    steps: [
      { file: 'written' } as const,
      { ...COMMAND, update: 'v2', killedAt } as const,
      { ...COMMAND, update: 'v2', gives: UPDATED } as const,
    ],
    ends: ON_COMMAND,
  })),
];

export const SCENARIOS: readonly Scenario[] = [
  ...UPDATES,
  ...CHECKS,
  ...REFUSALS,
  ...FENCE,
  ...RESTORES,
  ...INSTALLS,
  ...KILLS,
  ...KILLED_BACK,
  ...POWER,
  ...COMMANDS,
];
