/**
 * The policies of several files, each judged by itself and then beside the others. `cdk synth` and
 * `longshore policy lint` both ask here, so a mistake is said in the same words by both:
 *
 *   policies/shop-web.yaml:12: max_failure_rate: 1.5 is more than 1; give a share between 0 and 1
 */
import { CLAIM_MEND, describeClaim, listClaims } from './policy-claims.ts';
import { type PolicyText, readPolicyText, TEXT_CODES, type TextFlaw } from './policy-text.ts';
import type { Home } from './policy-topics.ts';
import { listWarnings, type PolicyWarning } from './policy-warnings.ts';
import type { Pace, Settings } from './settings.ts';

/** A longer file is not read at all. */
export const MAX_FILE_BYTES = 65_536;
/** CloudFormation and the eye both tire: nobody mends more at a time. */
const MAX_PROBLEMS = 100;

/** Why a file's text was not read: what is said of it, and the mend. */
const UNREAD = {
  is_folder: ['is a folder', 'put policies beside each other in one folder'],
  no_folder: ['is no folder', 'make one, also where no policy is wanted'],
  too_big: [`has more than ${MAX_FILE_BYTES} bytes`, 'part it into several policies'],
  unreadable: ['cannot be read', 'put a file in its place that you may read'],
} as const;
type Unread = keyof typeof UNREAD;

/** What files can be wrong in, beside what a document can. */
export const FILE_CODES = [
  ...TEXT_CODES,
  'is_folder',
  'no_folder',
  'unreadable',
  'id_taken',
  'container_claimed',
] as const;

/** A file as it was found, `policies/shop-web.yaml`, or why its text was not read. */
export type PolicySource = { file: string } & ({ text: string } | { unread: Unread });

export interface PolicyFile extends PolicyText {
  file: string;
}

export interface FileProblem {
  file: string;
  line: number;
  /** With dots; '' is the whole file. */
  field: string;
  value: unknown;
  code: TextFlaw['code'] | (typeof FILE_CODES)[number];
  message: string;
  /** The end of the message; undefined where the message says all. */
  mend?: string;
}

export interface JudgedFiles {
  policies: PolicyFile[];
  /** By file, then what is wrong between files. */
  problems: FileProblem[];
}

export function judgePolicyFiles(
  sources: readonly PolicySource[],
  settings: Settings,
  /** Where the stack will be, if that is known already. */
  home?: Home,
): JudgedFiles {
  const problems: FileProblem[] = [];
  const policies: PolicyFile[] = [];
  for (const source of sources) {
    const { file } = source;
    if ('unread' in source) {
      const [what, mend] = UNREAD[source.unread];
      problems.push(aboutFile(file, source.unread, what, mend));
      continue;
    }
    const { read, flaws } = readPolicyText(source.text, stemOf(file), settings, home);
    problems.push(...flaws.map(({ path, ...flaw }) => ({ file, field: path, ...flaw })));
    if (read !== undefined) policies.push({ ...read, file });
  }
  problems.push(...listTwins(policies), ...listRivals(policies));
  return { policies, problems };
}

export interface FileWarning extends PolicyWarning {
  file: string;
  line: number;
}

/** What is right, and hardly meant; `hosts` as `listWarnings` takes it. */
export function fileWarnings(
  policies: readonly PolicyFile[],
  pace: Pace,
  hosts?: number,
): FileWarning[] {
  return policies.flatMap(({ file, policy, lineOf }) =>
    listWarnings(policy, pace, hosts).map((warning) => ({
      file,
      line: lineOf(warning.field),
      ...warning,
    })),
  );
}

/** A line for each problem, as both programs print it. */
export function problemLines(problems: readonly FileProblem[]): string[] {
  const lines = problems.map(({ file, line, message }) => `${file}:${line}: ${message}`);
  const more = lines.length > MAX_PROBLEMS ? [`… and ${lines.length - MAX_PROBLEMS} more`] : [];
  return [...lines.slice(0, MAX_PROBLEMS), ...more];
}

/** Names every mistake, one a line: file, line, field, value and mend. */
export class InvalidPoliciesError extends Error {
  override readonly name = 'InvalidPoliciesError';
  readonly problems: readonly FileProblem[];

  constructor(problems: readonly FileProblem[]) {
    super(['The policies cannot be used:', ...problemLines(problems)].join('\n'));
    this.problems = problems;
  }
}

/** `policies/shop-web.yaml` → `shop-web` */
function stemOf(file: string): string {
  return file.slice(file.lastIndexOf('/') + 1).replace(/\.[^.]*$/, '');
}

function aboutFile(
  file: string,
  code: FileProblem['code'],
  what: string,
  mend: string,
): FileProblem {
  return { file, line: 1, field: '', value: undefined, code, message: `${what}; ${mend}`, mend };
}

/** `shop.yaml` and `shop.yml` can both be named after one id. */
function listTwins(policies: readonly PolicyFile[]): FileProblem[] {
  const fileOf = new Map<string, string>();
  return policies.flatMap(({ policy: { id }, file }) => {
    const other = fileOf.get(id);
    fileOf.set(id, file);
    if (other === undefined) return [];
    const what = `id: "${id}" is also the id of ${other}`;
    return [
      { ...aboutFile(file, 'id_taken', what, 'remove one of the two'), field: 'id', value: id },
    ];
  });
}

/** Two policies that could undo each other's work. */
function listRivals(policies: readonly PolicyFile[]): FileProblem[] {
  const claims = listClaims(policies.map(({ policy }) => policy));
  return policies.flatMap(({ file, policy }, place) => {
    const claim = claims.find(({ index }) => index === place);
    if (claim === undefined || policy.id === claim.other) return [];
    return [
      {
        ...aboutFile(file, 'container_claimed', '', CLAIM_MEND),
        field: 'container',
        value: claim.container,
        message: describeClaim(claim),
      },
    ];
  });
}
