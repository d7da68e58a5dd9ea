/**
 * Whether a fault hits: by the fault's kind, by what it befalls, and by how often that was there before. The
 * name of a rollout bears the second of its beginning, which is not part of what it is.
 */
import type { FaultKind } from '../rates.ts';
import type { Stage } from '../stage.ts';

export interface Hits {
  /** Whether a fault of this kind hits; one that does is counted and told. */
  (kind: FaultKind, what: string): boolean;
  /** A number in [0, 1) that belongs to the last question about this. */
  share(what: string): number;
}

export function hitsOf(stage: Stage, off: ReadonlySet<FaultKind>): Hits {
  const { rates } = stage.world;
  const draw = stage.draw.within('faults');
  const times = new Map<string, number>();
  // A call is asked about under one name half a dozen times in a row: the last one is kept.
  let last = { what: '', name: '' };
  const nameOf = (what: string) => {
    if (last.what !== what) last = { what, name: what.replaceAll(/-g\d{6,}/g, '') };
    return last.name;
  };
  const hits = (kind: FaultKind, what: string) => {
    if (!stage.isRough || off.has(kind) || rates[kind] === 0) return false;
    const name = `${kind} ${nameOf(what)}`;
    const time = (times.get(name) ?? 0) + 1;
    times.set(name, time);
    if (!draw.chance(`${name} ${time}`, rates[kind])) return false;
    stage.counters.count(kind);
    stage.tell(`! ${kind}: ${what}`);
    return true;
  };
  const share = (what: string) => draw.share(`share of ${nameOf(what)} ${times.get(what) ?? 0}`);
  return Object.assign(hits, { share });
}
