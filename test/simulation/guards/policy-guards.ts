/** Whose a host is, and what a deployment writes. */
import { cut, type Guard } from './guard.ts';

const STORED = 'core/stored-policy.ts';

export const policyGuards: readonly Guard[] = [
  {
    guard: `${STORED} isHeld`,
    cuts: [
      cut(
        STORED,
        'return isSameValue({ ...held, updated_at_ms: stored.updated_at_ms }, stored);',
        'return held !== undefined;',
      ),
    ],
  },
];
