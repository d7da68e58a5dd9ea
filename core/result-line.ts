/**
 * What a host answers: the last line of a command's output that begins with `HS1 `.
 *
 * Invariant: a line counts only for the (rollout, generation, step, action) that it names; a missing,
 * cut or foreign line is no answer (`undefined`), never a guess. The agent keeps the *prefix* of an
 * output (2,500 characters in ListCommandInvocations), so a line is at most 1,500 bytes.
 */
import * as z from 'zod';

const LINE_BYTES = 1500;
const PREFIX = 'HS1 ';
const RunningDigest = z.union([z.literal(''), z.string().regex(/^sha256:[a-f0-9]{64}$/)]);

export const HostResult = z.strictObject({
  v: z.literal(1),
  op: z.enum(['update', 'probe', 'restore', 'status']),
  rollout: z.string(),
  gen: z.int(),
  step: z.int(),
  cmd: z.string(),
  outcome: z.enum([
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
  ]),
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
export type HostResult = z.infer<typeof HostResult>;

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
