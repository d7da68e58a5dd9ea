/** What comes late: an attempt that was given up, a copy of a command, a step that has read its gate long ago. */
import { cut, type Guard } from './guard.ts';
import { bentOn } from './likely.ts';

const CLOSE = 'core/plan-close.ts';
const SETTLE = 'aws/settle.ts';
const WAIT = 'aws/wait-for-person.ts';

export const lateGuards: readonly Guard[] = [
  {
    guard: `${WAIT} waitForPerson / a token of an earlier try`,
    likely: bentOn('waits'),
    cuts: [cut(WAIT, 'if (isLate) return', 'if (former === null) return')],
  },
  {
    guard: `${CLOSE} planClose / who is still to be asked`,
    likely: bentOn('copies'),
    cuts: [
      cut(
        CLOSE,
        'return Math.max(changingUntilMs(chunk), ...deadlines);',
        'return changingUntilMs(chunk);',
      ),
    ],
  },
  {
    guard: `${SETTLE} readChunksToSettle / chunks not begun`,
    likely: bentOn('gates'),
    cuts: [
      cut(
        SETTLE,
        'return [...stored, ...chunksNotBegun(rollout, planned, stored)];',
        'return stored;',
      ),
    ],
  },
];
