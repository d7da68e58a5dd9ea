/** The stack of policies/, synthesized once for a file of tests, and an audience that writes down. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Audience, Frame, Note } from '#local/scenario/audience.ts';
import { readStack, type StoryStack } from '#local/scenario/stack.ts';

const POLICY = new URL('../../../policies/shop-web.yaml', import.meta.url);

/** The stack with one policy: the example's, with these words replaced. */
export function stackWith(replacements: Readonly<Record<string, string>> = {}): StoryStack {
  let text = readFileSync(POLICY, 'utf8');
  for (const [from, to] of Object.entries(replacements)) {
    if (!text.includes(from)) throw new Error(`shop-web.yaml does not say "${from}"`);
    text = text.replace(from, to);
  }
  return inFolder({ 'shop-web.yaml': text }, readStack);
}

export function inFolder<Value>(
  files: Readonly<Record<string, string>>,
  work: (folder: string) => Value,
): Value {
  const folder = mkdtempSync(path.join(tmpdir(), 'policies-'));
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text);
    return work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
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
