/**
 * The highest version in a range, by node-semver: three numbers, a leading `v` allowed, so `v1.2` and
 * `2026-11-01` are no versions. Pre-releases are out unless asked for, by `prereleases: true` or by a
 * range that names one (`>=2.0.0-rc.1` admits 2.0.0-rc.2, and no pre-release of another version).
 */
import semver from 'semver';
import type { Candidate, TagOrder } from './candidate.ts';

export function semverOrder(choice: { range: string; prereleases: boolean }): TagOrder {
  const { range, prereleases } = choice;
  return {
    refuse: ({ key }: Candidate): string | undefined => {
      const version = semver.parse(key);
      if (version === null) return 'is not a semantic version';
      if (semver.satisfies(version, range, { includePrerelease: prereleases })) return undefined;
      const isOut = version.prerelease.length > 0 && !prereleases;
      return isOut ? 'is a pre-release' : `is not in ${range}`;
    },
    // Refused candidates are never compared, so both keys are versions here.
    compare: (one, other) => semver.compare(one.key, other.key),
    praise: `is the highest version in ${range}`,
  };
}
