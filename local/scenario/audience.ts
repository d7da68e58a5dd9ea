/** Who watches a story: told of each thing that happens, shown how the rollout stands, asked to let time pass. */
import type { Frame } from '#core/view/render-rollout.ts';
import type { Tone } from '#core/view/tone.ts';
import type { Pace } from '../clock.ts';

export interface Note {
  atMs: number;
  text: string;
  tone: Tone;
}

export interface Audience {
  note(note: Note): void;
  show(frame: Frame): void;
  /** What is shown stays; what comes next begins below it. */
  keep(): void;
  /** Virtual time is about to jump: returns when that may be, or the instant reached where it is interrupted. */
  pass: Pace;
}

/** Watches nothing and waits for nothing. */
export const NOBODY: Audience = {
  note: () => {},
  show: () => {},
  keep: () => {},
  pass: async () => {},
};
