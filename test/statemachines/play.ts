/** A script in the embedded interpreter. */

import * as z from 'zod';
import { seededRandom } from '#local/seeded-random.ts';
import {
  type RunReport,
  runScripted,
  type ScriptedCall,
} from '#local/step-functions/scripted-run.ts';
import type { Script } from './story.ts';

export interface Played {
  report: RunReport;
  calls: readonly ScriptedCall[];
  mapRuns: readonly Record<string, unknown>[];
  unused: number;
}

export function play({ byChunk, ...script }: Script): Promise<Played> {
  return runScripted({ ...script, lists: byChunk, listOf: chunkOf, random: seededRandom(1) });
}

const InChunk = z.object({ chunk: z.number() });

function chunkOf(payload: unknown): string | undefined {
  return String(InChunk.safeParse(payload).data?.chunk);
}
