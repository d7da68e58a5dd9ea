/**
 * The story on a terminal: what happens scrolls by, and below it the rollout's picture changes in place.
 * The picture as it was at a rollout's end stays.
 */
import { createLogUpdate } from 'log-update';
import type { Paint } from '#core/view/format.ts';
import { type Frame, renderRollout } from '#core/view/render-rollout.ts';
import type { Audience } from '../scenario/audience.ts';
import type { Pass } from './pacer.ts';
import { formatNote } from './plain-view.ts';

/** Faster than this nobody sees. */
const REDRAW_MS = 60;

/** Standard output, or what stands for it. */
export type Screen = NodeJS.WritableStream & {
  isTTY?: boolean;
  columns?: number;
  hasColors?: () => boolean;
};

export interface LiveOptions {
  stream: Screen;
  paint: Paint;
  /** Tells of the virtual time while it passes, where there is a tick. */
  pass: Pass;
}

export function liveView({ stream, paint, pass }: LiveOptions): Audience {
  const screen = createLogUpdate(stream);
  let startMs: number | undefined;
  let frame: Frame | undefined;
  let drawnAtMs = Number.NEGATIVE_INFINITY;

  const canvas = () => ({ columns: stream.columns ?? 80, paint });
  const draw = (isLast = false) => {
    const nowMs = performance.now();
    if (frame === undefined || (!isLast && nowMs - drawnAtMs < REDRAW_MS)) return;
    drawnAtMs = nowMs;
    screen(['', ...renderRollout(frame, canvas()), '', ''].join('\n'));
  };
  const tick = (nowMs: number) => {
    if (frame === undefined) return;
    frame = { ...frame, nowMs };
    draw();
  };
  return {
    note: (note) => {
      startMs ??= note.atMs;
      screen.persist(formatNote(note, startMs, canvas()));
    },
    show: (next) => {
      frame = next;
      draw();
    },
    keep: () => {
      draw(true);
      screen.done();
      frame = undefined;
    },
    pass: (fromMs, toMs) => {
      // Steps that are too short to be paced are time that passes, too.
      tick(fromMs);
      return pass(fromMs, toMs, isMoving(frame) ? tick : undefined);
    },
  };
}

/** What waits for a person has no clock to be drawn: a night of it costs nothing. */
function isMoving(frame: Frame | undefined): boolean {
  const rollout = frame?.rollout;
  return rollout !== undefined && rollout.endedAtMs === undefined && rollout.hold === undefined;
}
