/**
 * What a host answers: the last line of a command's output that begins with `HS1 `.
 *
 * Invariant: a line counts only for the (rollout, generation, step, action) that it names; a missing or
 * cut line, and one that contradicts itself, is no answer (`undefined`), never a guess. The agent keeps
 * the *prefix* of an output (2,500 characters in ListCommandInvocations), so a line is at most 1,500 bytes.
 */
import * as z from 'zod';

const LINE_BYTES = 1500;
const PREFIX = 'HS1 ';
const RunningDigest = z.union([z.literal(''), z.string().regex(/^sha256:[a-f0-9]{64}$/)]);

const Action = z.enum(['update', 'probe', 'restore', 'status']);
const Outcome = z.enum([
  'updated',
  'unchanged',
  'restored',
  'healthy',
  'unhealthy',
  'rolled_back',
  'rolled_back_unhealthy',
  'failed',
  'refused',
  'busy',
  'status',
]);
type Outcome = z.infer<typeof Outcome>;

const REFUSALS: readonly Outcome[] = ['failed', 'refused', 'busy'];
/** What may come of an action. */
const OUTCOMES: Readonly<Record<z.infer<typeof Action>, readonly Outcome[]>> = {
  update: [
    'updated',
    'unchanged',
    'unhealthy',
    'rolled_back',
    'rolled_back_unhealthy',
    ...REFUSALS,
  ],
  probe: ['healthy', 'unhealthy', ...REFUSALS],
  restore: ['restored', 'unchanged', 'unhealthy', 'rolled_back_unhealthy', ...REFUSALS],
  status: ['status', ...REFUSALS],
};

/** The exit code of each outcome that has one of its own; `failed` and `refused` share all others. */
const CODES: ReadonlyMap<Outcome, number> = new Map([
  ['updated', 0],
  ['unchanged', 0],
  ['restored', 0],
  ['healthy', 0],
  ['status', 0],
  ['rolled_back', 2],
  ['unhealthy', 4],
  ['rolled_back_unhealthy', 5],
  ['busy', 11],
]);
const OWN_CODES = new Set(CODES.values());

const Line = z.strictObject({
  v: z.literal(1),
  op: Action,
  rollout: z.string(),
  gen: z.int(),
  step: z.int(),
  cmd: z.string(),
  outcome: Outcome,
  code: z.int().min(0).max(99),
  changed: z.boolean(),
  old: RunningDigest,
  new: RunningDigest,
  ref: z.string(),
  prev_ready: z.boolean(),
  healthy: z.boolean(),
  sec: z.number().min(0),
  phase: z.string(),
  detail: z.string().max(240),
  fence_gen: z.int().optional(),
  fence_step: z.int().optional(),
  last_op: z.string().optional(),
  last_outcome: z.string().optional(),
  last_code: z.int().optional(),
});

export const HostResult = Line.refine((line) => isConsistent(line) && isLastConsistent(line));
export type HostResult = z.infer<typeof HostResult>;

function isConsistent({ op, outcome, code, changed, healthy }: z.infer<typeof Line>): boolean {
  if (!OUTCOMES[op].includes(outcome) || !hasCode(outcome, code)) return false;
  switch (outcome) {
    case 'updated':
      return changed && healthy;
    case 'unchanged':
      // A restore that finds nothing to do says so of a container in any health.
      return !changed && (healthy || op === 'restore');
    case 'healthy':
      return healthy;
    case 'unhealthy':
    case 'rolled_back_unhealthy':
      return !healthy;
    default:
      return true;
  }
}

/** What a `status` remembers is held to the same, as far as it tells. */
function isLastConsistent(line: z.infer<typeof Line>): boolean {
  if (line.last_outcome === undefined || line.last_outcome === '') return true;
  const outcome = Outcome.safeParse(line.last_outcome).data;
  if (outcome === undefined) return false;
  const op = Action.safeParse(line.last_op).data;
  if (line.last_op !== undefined && (op === undefined || !OUTCOMES[op].includes(outcome))) {
    return false;
  }
  return line.last_code === undefined || hasCode(outcome, line.last_code);
}

function hasCode(outcome: Outcome, code: number): boolean {
  const own = CODES.get(outcome);
  return own === undefined ? !OWN_CODES.has(code) : own === code;
}

/** One line, no line break. Throws RangeError over 1,500 bytes. */
export function formatResultLine(result: HostResult): string {
  const line = PREFIX + JSON.stringify(HostResult.parse(result));
  if (line.length > LINE_BYTES)
    throw new RangeError(`result line: ${line.length} bytes are too many`);
  return line;
}

/** The host's answer in a command's output, or undefined where there is none that can be believed. */
export function parseResultLine(output: string): HostResult | undefined {
  const line = output.split('\n').findLast((candidate) => candidate.startsWith(PREFIX));
  if (line === undefined || line.length > LINE_BYTES) return undefined;
  const parsed = HostResult.safeParse(parseJson(line.slice(PREFIX.length)));
  return parsed.success ? parsed.data : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // A cut line is no answer.
  }
}
