/** Every guard of list-guards.ts, by area, and those that were found by reading. */
import { answerGuards } from './answer-guards.ts';
import { batchGuards } from './batch-guards.ts';
import { gateGuards } from './gate-guards.ts';
import type { Guard } from './guard.ts';
import { hostGuards } from './host-guards.ts';
import { imageGuards } from './image-guards.ts';
import { lateGuards } from './late-guards.ts';
import { policyGuards } from './policy-guards.ts';
import { storeGuards } from './store-guards.ts';
import { textGuards } from './text-guards.ts';
import { walkGuards } from './walk-guards.ts';

export const guards: readonly Guard[] = [
  ...storeGuards,
  ...hostGuards,
  ...gateGuards,
  ...batchGuards,
  ...answerGuards,
  ...imageGuards,
  ...policyGuards,
  ...walkGuards,
  ...lateGuards,
  ...textGuards,
];
