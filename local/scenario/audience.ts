/** Who watches a story: told of each thing that happens, shown how the rollout stands, asked to let time pass. */
import type { Pace } from '../clock.ts';
import type { RolloutView } from './rollout-view.ts';

export type Tone = 'plain' | 'good' | 'bad' | 'waiting';

export interface Note {
  atMs: number;
  text: string;
  tone: Tone;
}

export interface Frame {
  nowMs: number;
  rollout: RolloutView | undefined;
  /** The last one of "Judge batch", with its reason. */
  verdict: string | undefined;
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
