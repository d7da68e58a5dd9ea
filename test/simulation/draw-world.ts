/** The world of a seed. The same seed and size, the same world. */
import { judgePolicies } from '#core/judge-policies.ts';
import { parseSettings } from '#core/settings.ts';
import { bendPolicy, bendRates, drawBent } from './bent.ts';
import { type Draw, drawOf } from './draw.ts';
import { drawBentHappenings } from './draw-bent.ts';
import { drawHappenings } from './draw-happenings.ts';
import { drawPlaces, drawPolicy, type Place } from './draw-policies.ts';
import { drawRates } from './rates.ts';
import type { Document, Doing, OwnTrait, Size, World } from './world.ts';

export function drawWorld(seed: number, size: Size): World {
  const draw = drawOf(seed);
  const bent = drawBent(draw);
  const places = drawPlaces(draw.within('places'));
  const fleets = [...new Set(places.map(({ fleet_id }) => fleet_id))];
  const hosts = Array.from({ length: size.hosts }, (_, index) =>
    drawHost(draw.within(`host ${index}`), index, fleets),
  );
  const settings = drawSettings(draw.within('settings'));
  const idsOf = (place: Place) =>
    hosts.filter(({ tags }) => tags?.['longshore:fleet'] === place.fleet_id).map(({ id }) => id);
  const policies = places.map((place) => {
    const drawn = drawPolicy(place, draw.within(place.id), idsOf(place));
    return bendPolicy(drawn, bent, draw.within(`${place.id} bent`));
  });
  mustBeSound(seed, policies, settings);
  const second = drawSecond(draw.within('second'), places, idsOf);
  mustBeSound(seed, second.policies, second.settings);
  const repositories = [...new Set(places.flatMap((place) => place.repositories))];
  const setting = { ...size, policies: places.map(({ id }) => id), repositories, second };
  const happenings = [
    ...drawHappenings(draw.within('happenings'), setting),
    ...drawBentHappenings(bent, draw.within('bent'), { ...setting, policies }),
  ]
    .toSorted((one, other) => one.atMs - other.atMs)
    .map((one, id) => ({ ...one, id }));
  const rates = bendRates(drawRates(draw.within('rates')), bent);
  const isEager = draw.chance('eager', bent === 'retries' ? 1 : bent === 'console' ? 0.5 : 0.15);
  const skewMs = draw.weigh('skew', [
    [0, 70],
    [500, 10],
    [2_000, 10],
    [5_000, 10],
  ]);
  const furniture = { settings, policies, repositories, hosts };
  return { seed, size, rates, skewMs, ...furniture, isEager, bent, happenings };
}

function mustBeSound(seed: number, policies: readonly Document[], settings: Document): void {
  const judged = judgePolicies(policies, parseSettings(settings));
  if (!judged.ok) throw new Error(`seed ${seed} draws policies that are refused: ${judged.reason}`);
}

/** For the same places; in half of them its policies bear the same names too. */
function drawSecond(
  draw: Draw,
  places: readonly Place[],
  idsOf: (place: Place) => readonly string[],
): Extract<Doing, { kind: 'second_stack' }> {
  const isSame = draw.chance('the same names', 0.5);
  const policies = places
    .filter((place, index) => index === 0 || draw.chance(`has ${place.id}`, 0.7))
    .map((place) => {
      const document = drawPolicy(place, draw.within(place.id), idsOf(place));
      return isSame ? document : { ...document, id: `annex-${place.id}` };
    });
  return { kind: 'second_stack', settings: drawSettings(draw.within('settings')), policies };
}

/** The first hosts make sure that no fleet is empty. */
function drawHost(draw: Draw, index: number, fleets: readonly string[]): World['hosts'][number] {
  const fleet = fleets[index] ?? draw.pick('fleet', fleets);
  const isHybrid = draw.chance('hybrid', 0.15);
  return {
    id: `${isHybrid ? 'mi' : 'i'}-0${String(index + 1).padStart(16, '0')}`,
    kind: isHybrid ? 'hybrid' : 'ec2',
    tags: { 'longshore:enabled': 'true', 'longshore:fleet': fleet },
    isOffline: draw.chance('offline', 0.03),
    trait: draw.weigh<OwnTrait>('trait', [
      [undefined, 95],
      ['managed', 2],
      ['removes_itself', 1.5],
      ['depended_on', 1.5],
    ]),
  };
}

function drawSettings(draw: Draw): Document {
  return {
    update_timeout_seconds: draw.pick('update_timeout_seconds', [60, 120, 300]),
    delivery_timeout_seconds: draw.pick('delivery_timeout_seconds', [30, 60, 120]),
    sweep_minutes: draw.pick('sweep_minutes', [15, 30, 60]),
    chunk_concurrency: draw.pick('chunk_concurrency', [1, 2, 40]),
    // One is so slow that sends wait for each other's turns.
    chunks_per_second: draw.pick('chunks_per_second', [5, 5, 0.05]),
  };
}
