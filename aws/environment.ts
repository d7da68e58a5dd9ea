/** The environment of the lambdas, read once and checked: a missing name is an error of the stack. */

import * as z from 'zod';
import { parseSettings, type Settings } from '#core/settings.ts';
import type { Runtime } from './runtime.ts';

const Environment = z.object({
  STACK_NAME: z.string().min(1),
  ACCOUNT_ID: z.string().min(1),
  AWS_REGION: z.string().min(1),
  REGISTRY_HOST: z.string().min(1),
  POLICIES_TABLE: z.string().min(1),
  ROLLOUTS_TABLE: z.string().min(1),
  HOSTS_TABLE: z.string().min(1),
  IMAGE_QUEUE_URL: z.string().min(1),
  ROLLOUT_MACHINE_ARN: z.string().min(1),
  DOCUMENT_NAME: z.string().min(1),
  DOCUMENT_VERSION: z.string().min(1),
  DOCUMENT_HASH: z.string().min(1),
  BUS_NAME: z.string().min(1),
  SETTINGS: z.string().min(2),
});

export type Environment = Omit<z.infer<typeof Environment>, 'SETTINGS'> & { settings: Settings };

/** Throws ZodError naming each variable that is missing. */
export function readEnvironment(runtime: Runtime): Environment {
  const { SETTINGS, ...rest } = Environment.parse(runtime.env);
  return { ...rest, settings: parseSettings(JSON.parse(SETTINGS)) };
}
