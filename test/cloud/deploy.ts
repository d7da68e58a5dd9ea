/** What a deployment does with the policies of a test, and what somebody else stores beside them. */
import { putVersioned, readItem } from '#aws/store.ts';
import { parsePolicy } from '#core/policy.ts';
import { parseSettings } from '#core/settings.ts';
import { type StoredPolicy, storedPolicy } from '#core/stored-policy.ts';
import { STACK, type TestCloud } from './start-cloud.ts';

type Document = Record<string, unknown>;

/** What CloudFormation has the custom resource do with these files; throws where it is refused. */
export async function deploy(
  { cloud }: TestCloud,
  documents: readonly Document[],
  RequestType: 'Create' | 'Update' | 'Delete' = 'Update',
): Promise<void> {
  await cloud.invoke(`${STACK}-apply-policies`, {
    RequestType,
    ResourceProperties: { policies: JSON.stringify(documents) },
  });
}

/** The item of a policy that the API made. */
export function madeElsewhere(document: Document): StoredPolicy {
  const parsed = parsePolicy(document, parseSettings({}));
  if (!parsed.ok) throw new Error(parsed.problems.map(({ message }) => message).join('; '));
  return { ...storedPolicy(parsed.policy, document, undefined, 0), source: 'api' };
}

export async function storeElsewhere({ store }: TestCloud, document: Document): Promise<void> {
  await putVersioned(store, store.policies, madeElsewhere(document));
}

/** What is stored of a policy; undefined where it is gone. */
export function specOf({ store }: TestCloud, policy: unknown): ReturnType<typeof readItem> {
  return readItem(store, store.policies, { policy: String(policy), item: 'spec' });
}
