/** What begins a rollout, and what does not. */
import { cut, type Guard } from './guard.ts';
import { policies } from './likely.ts';

const IMAGE = 'core/judge-image.ts';
const CHOOSE = 'core/choose-image.ts';

export const imageGuards: readonly Guard[] = [
  {
    guard: `${IMAGE} judgeImage / denied`,
    cuts: [cut(IMAGE, 'if (denied !== undefined && !isLifting(look)) {', 'if (false) {')],
  },
  {
    guard: `${IMAGE} judgeImage / met and not new`,
    cuts: [
      cut(
        IMAGE,
        "if (target.version === 0 && !isNews && policy.on_create === 'record') {",
        'if (false) {',
      ),
    ],
  },
  {
    guard: `${IMAGE} judgeImage / seen`,
    cuts: [cut(IMAGE, 'if (target.seen.digest === best.digest && !isAsked) {', 'if (false) {')],
  },
  {
    guard: `${IMAGE} judgeImage / desired`,
    cuts: [cut(IMAGE, 'if (target.desired.digest === best.digest) {', 'if (false) {')],
  },
  {
    guard: `${IMAGE} judgeImage / goes back`,
    cuts: [cut(IMAGE, "if (target.rolling_back || status === 'rolling_back') {", 'if (false) {')],
  },
  {
    guard: `${IMAGE} judgeImage / needs an approval first`,
    likely: policies(({ update_strategy: strategy }) => strategy === 'manual'),
    cuts: [
      cut(
        IMAGE,
        "if (policy.update_strategy === 'manual' && status !== 'awaiting_approval') {",
        'if (false) {',
      ),
    ],
  },
  {
    guard: `${CHOOSE} isArrival`,
    cuts: [
      cut(
        CHOOSE,
        'if (tag === undefined || pinned_digest === undefined) return tag !== undefined;',
        'if (images) return true;',
      ),
    ],
  },
];
