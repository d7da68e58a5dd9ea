/**
 * The highest version in a range, by node-semver: three numbers, a leading `v` allowed, so `v1.2` and
 * `2026-11-01` are no versions. Pre-releases are out unless asked for, by `prereleases: true` or by a
 * range that names one (`>=2.0.0-rc.1` admits 2.0.0-rc.2, and no pre-release of another version).
 */
import Range from 'semver/classes/range.js';
import SemVer from 'semver/classes/semver.js';
import compare from 'semver/functions/compare.js';
import parse from 'semver/functions/parse.js';
import satisfies from 'semver/functions/satisfies.js';
import { type Candidate, refuseKey, type TagOrder } from './candidate.ts';

export function semverOrder(choice: { range: string; prereleases: boolean }): TagOrder {
  const { range, prereleases } = choice;
  return {
    refuse: (candidate: Candidate): string | undefined => {
      const version = parse(candidate.key);
      if (version === null) return refuseKey(candidate, 'a semantic version');
      if (satisfies(version, range, { includePrerelease: prereleases })) return undefined;
      const isOut = version.prerelease.length > 0 && !prereleases;
      return isOut ? 'is a pre-release' : `is not in ${range}`;
    },
    compare: (one, other) => compare(one.key, other.key),
    praise: `is the highest version in ${range}`,
  };
}

/**
 * Whether any version at all is in a range. What is in it begins at one of a few places: at a bound, at
 * the release or the lowest pre-release of its three numbers, or at those of the next patch.
 *
 *   >1.2.3 <1.2.4   nothing; with pre-releases 1.2.4-0
 *
 * `minVersion` alone would miss both 1.2.4-0 here and 1.2.4-0 in `>1.2.3 <1.2.4-rc.1`.
 */
export function isSatisfiable(range: string, prereleases: boolean): boolean {
  const parsed = new Range(range, { includePrerelease: prereleases });
  const bounds = parsed.set.flat().map(({ semver: bound }) => bound);
  return bounds.some((bound) => beginnings(bound).some((version) => parsed.test(version)));
}

function beginnings(bound: SemVer | symbol): string[] {
  // `*` admits every release.
  if (!(bound instanceof SemVer)) return ['0.0.0'];
  const { version, major, minor, patch } = bound;
  const release = `${major}.${minor}.${patch}`;
  const next = `${major}.${minor}.${patch + 1}`;
  return [
    version,
    `${version}${bound.prerelease.length > 0 ? '.0' : ''}`,
    release,
    `${release}-0`,
    next,
    `${next}-0`,
    '0.0.0',
    '0.0.0-0',
  ];
}
