/**
 * The custom resource that brings the stack's policies into the table: each is checked again, written on
 * condition of the version read, and looked at. Policies made elsewhere are left alone, and so is one
 * that is no longer among the stack's.
 */

import * as z from 'zod';
import { defineHandler } from '#aws/define-handler.ts';
import { readEnvironment } from '#aws/environment.ts';
import { openImageQueue, sendLook } from '#aws/image-queue.ts';
import { readPolicy, storedPolicy } from '#aws/policy-store.ts';
import { openStore, putVersioned } from '#aws/store.ts';
import { parseMessage } from '#core/image-event.ts';
import { hasGlob, parseImagePattern } from '#core/image-pattern.ts';
import { repositoryName } from '#core/image-reference.ts';
import { judgePolicies } from '#core/judge-policies.ts';

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
    if (event.RequestType === 'Delete') return { PhysicalResourceId };
    const documents = parseMessage(event.ResourceProperties.policies);
    const checked = judgePolicies(documents, services.env.settings);
    if (!checked.ok) throw new RangeError(checked.reason);
    for (const { policy, document } of checked.policies) {
      const before = await readPolicy(services.store, policy.id);
      if (JSON.stringify(before?.document) === JSON.stringify(document)) continue;
      const stored = storedPolicy(policy, document, before, nowMs());
      await putVersioned(services.store, services.store.policies, stored);
      log.info('policy written', { policy: policy.id });
    }
    for (const { policy } of checked.policies) {
      const pattern = parseImagePattern(policy.image_pattern);
      if (pattern === undefined || hasGlob(pattern.repository)) continue; // The sweep meets those.
      await sendLook(services.queue, repositoryName(pattern), 'policy');
    }
    return { PhysicalResourceId };
  },
});
