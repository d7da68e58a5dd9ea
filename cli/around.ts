/** What the program finds around it; tests give another one. */
import type { Runtime } from '#aws/runtime.ts';

export interface Screen {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
  rows?: number;
  hasColors?(): boolean;
}

export interface Around {
  /** The answer, and nothing else. */
  out: Screen;
  /** Progress, and what went wrong. */
  err: Screen;
  /** The folder that paths are meant from. */
  cwd: string;
  /** The way to AWS: of a region that was given, or of the shell's own. */
  runtime: (region: string | undefined) => Runtime;
  sleep: (ms: number) => Promise<unknown>;
  /** Unlike any before: names a request. */
  makeId: () => string;
}

/** What was given cannot be done; the message says what, and how to mend it. */
export class BadInputError extends Error {
  override readonly name = 'BadInputError';
}

/** 0 all is well, 1 there are problems, 2 what was given is wrong, 3 a rollout waits for a person. */
export type ExitCode = 0 | 1 | 2 | 3;
