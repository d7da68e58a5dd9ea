/**
 * What a person asks of a rollout: the input of the control machine, written by hand in the Step Functions
 * console or by a program. A mistake is answered with the field, the value and how to mend it; a field that
 * the action does not know is refused, because who writes it means something by it.
 */
import * as z from 'zod';
import { addFlaw, type Problem, toProblems, valueAt } from './problem.ts';

/** `trigger` has a policy instead of a rollout. */
const ACTIONS = [
  'pause',
  'resume',
  'approve',
  'reject',
  'cancel',
  'rollback',
  'retry-failed',
] as const;
export type ControlAction = (typeof ACTIONS)[number];

/** Reaches logs and events: one line, nothing that a terminal or a browser would take for more than text. */
const line = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .regex(/^[^\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]*$/u);
/** An IAM user's ARN has up to 620 characters; the name that is added, 100. */
const MOST_BY = 750;
const RolloutId = z.string().regex(/^[a-z0-9-]{1,40}-[0-9a-f]{6}-g[0-9]{1,15}$/);

/** Fields that one action alone takes. */
const OWN_FIELDS: Readonly<Record<'plan' | 'fresh' | 'to', readonly ControlAction[]>> = {
  plan: ['approve', 'reject'],
  fresh: ['resume'],
  to: ['rollback'],
};

const Fields = z.strictObject({
  rollout: RolloutId,
  action: z.enum(ACTIONS),
  /** For the rollout's log, and for the denial of an image that goes back. */
  reason: line(500).default('no reason was given'),
  /** Who asks: see principal.ts. It is what they say; the trail of the account knows who started the execution. */
  by: line(MOST_BY).default('operator'),
  /** The hash of the plan that is approved; without it, of the plan that stands. */
  plan: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
  /** Goes on in a new execution, with the definition of today. */
  fresh: z.boolean().default(false),
  /** An earlier rollout, whose image is to run instead. */
  to: RolloutId.optional(),
});

const Asked = Fields.superRefine((asked, context) => {
  const { plan, fresh, to } = asked;
  const given = { plan: plan !== undefined, fresh, to: to !== undefined };
  for (const field of ['plan', 'fresh', 'to'] as const) {
    if (!given[field] || OWN_FIELDS[field].includes(asked.action)) continue;
    const what = `belongs to ${OWN_FIELDS[field].join(' and ')}, not to ${asked.action}`;
    addFlaw(context, { code: 'unknown_field', what, path: [field], mend: 'remove it' });
  }
});

/** An image that a person wants to run now, though nothing new has arrived. */
const TriggerFields = z.strictObject({
  action: z.literal('trigger'),
  policy: z.string().regex(/^[a-z0-9-]{1,40}$/),
  image: z.string().min(1).max(700),
  reason: Fields.shape.reason,
  by: Fields.shape.by,
});

/** A request whole, with the execution of the control machine that brings it. */
export type ControlRequest = z.infer<typeof Fields> & { request: string };
export type TriggerRequest = z.infer<typeof TriggerFields> & { request: string };

const LINE = (max: number) => `give one line of 1 to ${max} characters`;
const MENDS: Readonly<Record<string, string>> = {
  '': 'give a mapping such as {"rollout": "shop-web-1a2b3c-g1767571200", "action": "pause"}',
  rollout: 'give the id of a rollout, such as shop-web-1a2b3c-g1767571200',
  action: 'give one of them in lower case, or trigger with a policy and an image',
  reason: LINE(500),
  by: LINE(MOST_BY),
  plan: 'give the plan_hash of the rollout, 64 hexadecimal digits',
  fresh: 'give true or false',
  to: 'give the id of an earlier rollout',
  policy: 'give the id of a policy, such as shop-web',
  image: 'give repository:tag or repository@sha256:…',
};

/** The request; or everything that is wrong with it. */
export function parseControlRequest(
  asked: unknown,
  request: string,
): { ok: true; request: ControlRequest | TriggerRequest } | { ok: false; problems: Problem[] } {
  const isTrigger = valueAt(asked, ['action']) === 'trigger';
  const parsed = (isTrigger ? TriggerFields : Asked).safeParse(asked);
  return parsed.success
    ? { ok: true, request: { ...parsed.data, request } }
    : { ok: false, problems: toProblems(parsed.error.issues, asked, MENDS) };
}
