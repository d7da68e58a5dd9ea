/** A tag that competes: one of the policy's pattern, neither ignored nor filtered out nor too young. */
export interface Candidate {
  tag: string;
  /** What is compared: the tag, or what the filter extracts of it. */
  key: string;
  digest: string;
  pushedAtMs: number;
}

/** One way to choose among candidates. Ties that `compare` leaves are broken by time, then by tag. */
export interface TagOrder {
  /** Why a candidate cannot win at all; undefined if it may. */
  refuse(candidate: Candidate): string | undefined;
  /** Positive if `one` goes before `other`. Refused candidates are never compared. */
  compare(one: Candidate, other: Candidate): number;
  /** Why the best of them is the best: finishes a sentence that begins with its tag. */
  praise: string;
}

/** An extracted key is long only by mistake. */
const SHOWN = 60;

/** That a key is not what the order compares; of an extracted one also what it is. */
export function refuseKey({ tag, key }: Candidate, what: string): string {
  return key === tag ? `is not ${what}` : `gives "${key.slice(0, SHOWN)}", which is not ${what}`;
}
