/**
 * The custom resource that brings the table to what the stack's files say: policies are written, changed
 * and removed, or the deployment is refused with every reason before anything is written. Policies made
 * elsewhere are left alone. Each repository then gets a look, also one whose policy was written by a call
 * that died before it could send one.
 */

import * as z from 'zod';
import { defineHandler } from '#aws/define-handler.ts';
import { readEnvironment } from '#aws/environment.ts';
import { LOOKS_PER_CALL, openImageQueue, sendLooks } from '#aws/image-queue.ts';
import { reconcilePolicies } from '#aws/reconcile-policies.ts';
import { openStore, withRaces } from '#aws/store.ts';
import { parseMessage } from '#core/image-event.ts';
import { hasGlob, parseImagePattern } from '#core/image-pattern.ts';
import { repositoryName } from '#core/image-reference.ts';
import { judgePolicies } from '#core/judge-policies.ts';
import { spreadLooks } from '#core/plan-looks.ts';

const RACES = 3;

const ResourceEvent = z.object({
  RequestType: z.enum(['Create', 'Update', 'Delete']),
  ResourceProperties: z.object({ policies: z.string() }),
});

export const handler = defineHandler({
  Input: ResourceEvent,
  services: (runtime) => ({
    store: openStore(runtime),
    queue: openImageQueue(runtime),
    env: readEnvironment(runtime),
  }),
  run: async (event, { services, log, nowMs }) => {
    const PhysicalResourceId = 'policies';
    // The stack goes, or this resource does, and the tables stay: a stack that is deployed again over them
    // finds its policies and what they denied. Tables that do not stay take everything with them.
    if (event.RequestType === 'Delete') return { PhysicalResourceId };
    const { settings, ACCOUNT_ID: account, AWS_REGION: region } = services.env;
    const documents = parseMessage(event.ResourceProperties.policies);
    const checked = judgePolicies(documents, settings, { account, region });
    if (!checked.ok) throw new RangeError(checked.reason);
    await withRaces(RACES, () =>
      reconcilePolicies(services.store, log, checked.policies, settings, nowMs()),
    );
    const repositories = checked.policies.flatMap(({ policy }) => {
      const pattern = parseImagePattern(policy.image_pattern);
      // The sweep meets those.
      if (pattern === undefined || hasGlob(pattern.repository)) return [];
      return [repositoryName(pattern)];
    });
    const looks = spreadLooks(repositories);
    for (let from = 0; from < looks.length; from += LOOKS_PER_CALL) {
      await sendLooks(services.queue, looks.slice(from, from + LOOKS_PER_CALL), 'policy');
    }
    return { PhysicalResourceId };
  },
});
