/** All policies of a stack at once: every document parses, says nothing unsupported, has an id and hosts of its own. */

import * as z from 'zod';
import { type Policy, parsePolicy } from './policy.ts';
import { describeClaim, listClaims } from './policy-claims.ts';
import { type Home, listForeignTopics } from './policy-topics.ts';
import type { Settings } from './settings.ts';
import { listUnsupported } from './unsupported-fields.ts';

const Documents = z.array(z.record(z.string(), z.unknown())).max(2000);

export interface CheckedPolicy {
  policy: Policy;
  /** As it was written. */
  document: Record<string, unknown>;
}

export type CheckedPolicies =
  | { ok: true; policies: CheckedPolicy[] }
  | { ok: false; reason: string };

export function judgePolicies(
  documents: unknown,
  settings: Settings,
  home?: Home,
): CheckedPolicies {
  const list = Documents.safeParse(documents);
  if (!list.success) return { ok: false, reason: 'the policies are not a list of documents' };
  const policies: CheckedPolicy[] = [];
  const problems: string[] = [];
  const ids = new Set<string>();
  for (const document of list.data) {
    const parsed = parsePolicy(document, settings);
    const found = parsed.ok
      ? [...listUnsupported(parsed.policy), ...listForeignTopics(parsed.policy, home)]
      : parsed.problems;
    problems.push(...found.map(({ message }) => `${String(document['id'])}: ${message}`));
    if (!parsed.ok) continue;
    if (ids.has(parsed.policy.id)) problems.push(`${parsed.policy.id}: the id is there twice`);
    ids.add(parsed.policy.id);
    policies.push({ policy: parsed.policy, document });
  }
  for (const { index, ...claim } of listClaims(policies.map(({ policy }) => policy))) {
    problems.push(`${policies[index]?.policy.id}: ${describeClaim(claim)}`);
  }
  return problems.length > 0 ? { ok: false, reason: problems.join('\n') } : { ok: true, policies };
}
