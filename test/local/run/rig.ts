/** A story's stack with one policy, or with one that differs in a few fields; and who listens to it. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { inject } from 'vitest';
import { parse } from 'yaml';
import { parsePolicy } from '#core/policy.ts';
import { parseSettings } from '#core/settings.ts';
import type { Frame } from '#core/view/render-rollout.ts';
import type { Audience, Note } from '#local/scenario/audience.ts';
import type { StoryStack } from '#local/scenario/story-policy.ts';

/** In place of policies/, whose files are the user's. */
export const POLICIES = path.join(import.meta.dirname, '../../fixtures/policies');

export function stackWith(changes: Record<string, unknown> = {}): StoryStack {
  const document = {
    ...parse(readFileSync(path.join(POLICIES, 'shop-web.yaml'), 'utf8')),
    ...changes,
  };
  const parsed = parsePolicy(document, parseSettings({}));
  if (!parsed.ok) throw new Error(parsed.problems.map(({ message }) => message).join('; '));
  const template = JSON.parse(inject('template'), (key, value: unknown) =>
    key === 'policies' && typeof value === 'string' ? JSON.stringify([document]) : value,
  );
  return { template, stackName: 'Longshore', policy: parsed.policy };
}

/** The stack without the resources whose logical ids begin so. */
export function without(stack: StoryStack, ...prefixes: string[]): StoryStack {
  const { Resources, ...rest } = stack.template as { Resources: Record<string, unknown> };
  const kept = Object.entries(Resources).filter(
    ([id]) => !prefixes.some((prefix) => id.startsWith(prefix)),
  );
  return { ...stack, template: { ...rest, Resources: Object.fromEntries(kept) } };
}

export function listener(): Audience & { notes: Note[]; frames: Frame[] } {
  const notes: Note[] = [];
  const frames: Frame[] = [];
  return {
    notes,
    frames,
    note: (note) => void notes.push(note),
    show: (frame) => void frames.push(frame),
    keep: () => {},
    pass: async () => {},
  };
}
