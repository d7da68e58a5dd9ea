/**
 * "Control rollout": what a person asks of a rollout, by the console, the API or the command line. What cannot
 * be done is an answer like what was done: the execution succeeds, and its output says why not.
 */
import * as z from 'zod';
import { controlRollout } from '#aws/control.ts';
import { defineHandler } from '#aws/define-handler.ts';
import { readEnvironment } from '#aws/environment.ts';
import { openRegistry } from '#aws/registry.ts';
import { triggerRollout } from '#aws/trigger.ts';
import { openWalkServices } from '#aws/walk.ts';
import { parseControlRequest } from '#core/control-request.ts';

const Input = z.strictObject({ request: z.string().min(1), asked: z.unknown() });

export const handler = defineHandler({
  Input,
  services: (runtime) => ({
    ...openWalkServices(runtime),
    ecr: openRegistry(runtime),
    env: readEnvironment(runtime),
  }),
  run: async ({ request, asked }, { services, log, nowMs }) => {
    const parsed = parseControlRequest(asked, request);
    if (!parsed.ok) {
      const reason = parsed.problems.map(({ message }) => message).join('; ');
      log.warn('the request cannot be read', { request, reason });
      return { verdict: 'refused', reason };
    }
    const wanted = parsed.request;
    const answer =
      wanted.action === 'trigger'
        ? await triggerRollout(services, wanted, nowMs())
        : await controlRollout(services, wanted, nowMs());
    log.info('a person asked', { ...answer, action: wanted.action, by: wanted.by, request });
    return answer;
  },
});
