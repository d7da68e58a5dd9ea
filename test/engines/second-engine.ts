/**
 * Scripts in the second engine: moto's interpreter of the Amazon States Language, in one Python process for
 * all of them (moto/run_scripted.py). What is ours there is said at the head of each of its files.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import type { Script } from '#test/statemachines/story.ts';
import { installPython } from '../python.ts';

export const REQUIREMENTS = fileURLToPath(new URL('requirements.txt', import.meta.url));
const DRIVER = fileURLToPath(new URL('moto/run_scripted.py', import.meta.url));
/** Without the environment's and the user's own modules, and without writing compiled ones beside ours. */
const FLAGS = ['-E', '-s', '-B'];
const MAX_OUTPUT_BYTES = 1_000_000_000;

const Execution = z.object({
  status: z.string(),
  output: z.unknown().optional(),
  error: z.string().optional(),
  cause: z.string().optional(),
  history: z.array(z.looseObject({ type: z.string() })),
});

const Report = Execution.extend({
  children: z.array(Execution),
  mapRuns: z.array(z.looseObject({})),
  calls: z.array(
    z.object({
      stateName: z.string(),
      functionName: z.string(),
      payload: z.unknown(),
      token: z.string().optional(),
    }),
  ),
  /** States whose task was called when the script had no result left. */
  unanswered: z.array(z.string()),
  unused: z.number(),
});
export type SecondReport = z.infer<typeof Report>;

export function runSecond(scripts: readonly Script[]): SecondReport[] {
  const { status, stdout, stderr } = spawnSync(installPython(REQUIREMENTS), [...FLAGS, DRIVER], {
    input: JSON.stringify(scripts.map(asWritten)),
    encoding: 'utf8',
    maxBuffer: MAX_OUTPUT_BYTES,
  });
  if (status !== 0) throw new Error(`The second engine ended with ${status}:\n${stderr}`);
  return z.array(Report).length(scripts.length).parse(JSON.parse(stdout));
}

/** moto's grammar knows a percentage with a decimal point only; in JSON it is the same number. */
function asWritten({ definition, ...script }: Script): Script {
  const percentage = /("ToleratedFailurePercentage":\d+)(?=[,}])/g;
  return { ...script, definition: definition.replaceAll(percentage, '$1.0') };
}
