/**
 * What a command tells a host: `key=value` lines, base64, in the document's one parameter `payload`.
 *
 * Invariant: a value's alphabet holds no shell metacharacter, no quote and no white space, and never
 * begins with `-`; what does not fit is refused here, before it is sent (the host checks again).
 * A payload is the same for every host of a chunk: SendCommand takes one set of parameters.
 */
import * as z from 'zod';

/** SSM keeps at most 64 KB of parameters; the document's allowedPattern takes 4,096 characters. */
const PAYLOAD_CHARACTERS = 4096;
/** What a payload holds of a command's text, before base64. */
export const COMMAND_CHARACTERS = (PAYLOAD_CHARACTERS * 3) / 4;
const VALUE = /^(?!-)[A-Za-z0-9._:/@+=-]*$/;

const Seconds = z.int().min(0).max(172_800);
const Flag = z.union([z.literal(0), z.literal(1)]);

const HostHealth = z.discriminatedUnion('health', [
  z.strictObject({ health: z.literal('none') }),
  z.strictObject({
    health: z.literal('http'),
    hport: z.int().min(1).max(65_535),
    hpath: z.string().regex(/^\//).max(201),
    hcode: z.int().min(100).max(599),
    /** 0 http, 1 https, 2 https with any certificate. */
    htls: z.literal([0, 1, 2]),
  }),
  z.strictObject({ health: z.literal('tcp'), hport: z.int().min(1).max(65_535) }),
  z.strictObject({ health: z.literal('container_running') }),
  z.strictObject({ health: z.literal('docker_health') }),
  z.strictObject({ health: z.literal('custom') }),
]);
export type HostHealth = z.infer<typeof HostHealth>;

const HealthTiming = z.strictObject({
  retries: z.int().min(0).max(100),
  interval: Seconds,
  htimeout: Seconds,
  grace: Seconds,
  success: z.int().min(1).max(100),
  stable: Seconds,
});
export type HealthTiming = z.infer<typeof HealthTiming>;

const Common = z.strictObject({
  v: z.literal(1),
  op: z.enum(['update', 'probe', 'restore', 'status']),
  /** A stack of 40 characters, a policy of 40, a repository of 256. */
  owner: z.string().min(1).max(338),
  rollout: z.string().min(1).max(80),
  /** Batch and chunk say which item an ended command belongs to: the event carries the parameters. */
  batch: z.int().min(0).max(999),
  chunk: z.int().min(0).max(99_999),
  gen: z.int().min(0),
  step: z.int().min(0),
  deadline: z.int().min(0),
  timeout: Seconds,
  container: z.string().regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}$/),
  mode: z.enum(['recreate', 'compose', 'command']),
});

export const HostCommand = Common.extend({
  ref: z
    .string()
    .regex(/^[a-z0-9][a-zA-Z0-9._:/-]*@sha256:[a-f0-9]{64}$/)
    .optional(),
  auto: Flag.optional(),
  /** Base64 of the Engine API's create request, for a host that has no such container. */
  install: z
    .string()
    .regex(/^[A-Za-z0-9+/]+={0,2}$/)
    .optional(),
  undoes: z.int().min(0).optional(),
  check: HostHealth.optional(),
  timing: HealthTiming.optional(),
}).superRefine((command, context) => {
  const missing = (field: string) =>
    context.addIssue({ code: 'custom', message: `${command.op} needs ${field}`, path: [field] });
  if (command.op === 'update' && command.ref === undefined) missing('ref');
  if (command.op === 'update' && command.auto === undefined) missing('auto');
  if (command.op === 'restore' && command.undoes === undefined) missing('undoes');
  if (command.op !== 'status' && command.check === undefined) missing('check');
  if (command.op !== 'status' && command.timing === undefined) missing('timing');
  if (command.install === undefined) return;
  if (command.op !== 'update' || command.mode !== 'recreate') {
    const message = 'only an update in mode recreate takes install';
    context.addIssue({ code: 'custom', message, path: ['install'] });
  }
});
export type HostCommand = z.infer<typeof HostCommand>;
export type HostAction = HostCommand['op'];

/** The text before base64: lines in a fixed order. Throws RangeError when a value leaves the alphabet. */
export function formatHostCommand(command: HostCommand): string {
  const text = writeLines(HostCommand.parse(command));
  if (text.length > COMMAND_CHARACTERS) {
    throw new RangeError(`host command: ${text.length} characters do not fit in the payload`);
  }
  return text;
}

/** The lines of a command, however many they are. */
export function writeLines({ check, timing, ...rest }: HostCommand): string {
  const fields = { ...rest, ...check, ...timing };
  const lines: string[] = [];
  for (const [key, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    const text = String(value);
    if (!VALUE.test(text)) {
      throw new RangeError(`host command: ${key} holds a character outside [A-Za-z0-9._:/@+=-]`);
    }
    lines.push(`${key}=${text}\n`);
  }
  return lines.join('');
}

const NUMBERS = new Set(
  'v batch chunk gen step deadline timeout auto undoes hport hcode htls retries interval htimeout grace success stable'.split(
    ' ',
  ),
);
/** As the host reads a number: no sign, no leading zero, at most 15 digits. */
const COUNT = /^(?:0|[1-9]\d{0,14})$/;
const TIMING = Object.keys(HealthTiming.shape);
const CHECK = ['health', 'hport', 'hpath', 'hcode', 'htls'];

/** The inverse of formatHostCommand; undefined where a line, a key or a value is not ours. */
export function parseHostCommand(text: string): HostCommand | undefined {
  const fields: Record<string, string | number> = {};
  const check: Record<string, string | number> = {};
  const timing: Record<string, string | number> = {};
  for (const line of text.split('\n').slice(0, -1)) {
    const at = line.indexOf('=');
    const key = line.slice(0, at);
    const raw = line.slice(at + 1);
    if (at < 1 || !VALUE.test(raw)) return undefined;
    const home = CHECK.includes(key) ? check : TIMING.includes(key) ? timing : fields;
    const isNumber = NUMBERS.has(key);
    if (key in home || (isNumber && !COUNT.test(raw))) return undefined;
    home[key] = isNumber ? Number(raw) : raw;
  }
  const parsed = HostCommand.safeParse({
    ...fields,
    ...(Object.keys(check).length > 0 && { check }),
    ...(Object.keys(timing).length > 0 && { timing }),
  });
  return parsed.success ? parsed.data : undefined;
}
