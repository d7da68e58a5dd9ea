/**
 * Drives the cloud's clock and tells the audience what happens meanwhile. Before each jump of virtual time
 * everything has settled: that is when the audience is told.
 */
import type { Store } from '#aws/store.ts';
import { isOpen } from '#core/status.ts';
import { viewRollout } from '#core/view/rollout-view.ts';
import type { Tone } from '#core/view/tone.ts';
import type { RunOptions } from '../clock.ts';
import type { Audience } from './audience.ts';
import { LogWatch } from './log-watch.ts';
import { RolloutWatch } from './rollout-watch.ts';
import type { Stage } from './stage.ts';
import { REPOSITORY } from './story-policy.ts';
import { tellChanges } from './tell-changes.ts';

/** A larger fleet changes at every instant, and a line for each change is more than anybody reads. */
const CLOSELY_WATCHED = 200;
const LOOSELY_MS = 10_000;

export class Narrator {
  readonly rollouts: RolloutWatch;
  readonly log: LogWatch;
  /** Before each jump of virtual time. */
  onSettled: (() => void) | undefined;
  readonly #stage: Stage;
  readonly #audience: Audience;
  #toldAtMs = Number.NEGATIVE_INFINITY;
  /** The rollout whose picture stands as it was at its end: what is written of it later changes nothing. */
  #keptEnd: string | undefined;
  #noticesTold = 0;

  constructor(stage: Stage, store: Store, audience: Audience) {
    const { cloud } = stage;
    this.#stage = stage;
    this.#audience = audience;
    this.log = new LogWatch(cloud.logs, REPOSITORY);
    this.rollouts = new RolloutWatch(store.rollouts);
    cloud.wire.onCall = (call, outcome) => this.rollouts.noteCall(call, outcome);
  }

  say(text: string, tone: Tone = 'plain'): void {
    this.#audience.note({ atMs: this.#nowMs(), text, tone });
  }

  /** What is shown so far stays as it is. */
  keep(): void {
    this.#audience.keep();
    this.#keptEnd = this.#ended();
  }

  /** The newest rollout has ended, and its picture still moves. */
  get isAtEnd(): boolean {
    const ended = this.#ended();
    return ended !== undefined && ended !== this.#keptEnd;
  }

  async run(until: Pick<RunOptions, 'until' | 'untilMs'>): Promise<void> {
    const pace = async (fromMs: number, toMs: number) => {
      const isDue = this.#isClosely() || fromMs - this.#toldAtMs >= LOOSELY_MS;
      if (isDue) this.#tell();
      this.onSettled?.();
      return this.#audience.pass(fromMs, toMs);
    };
    await this.#stage.cloud.run({ ...until, pace });
    this.#tell();
  }

  #tell(): void {
    this.#tellNotices();
    if (!this.rollouts.isStale) return;
    const nowMs = this.#nowMs();
    this.#toldAtMs = nowMs;
    for (const note of tellChanges(this.rollouts.takeChanges())) this.#audience.note(note);
    const { progress } = this.rollouts;
    if (
      progress === undefined ||
      (this.#keptEnd !== undefined && this.#ended() === this.#keptEnd)
    ) {
      return;
    }
    const { verdict } = this.log;
    this.#audience.show({ nowMs, rollout: viewRollout(progress), verdict });
  }

  #ended(): string | undefined {
    const rollout = this.rollouts.progress?.rollout;
    return rollout === undefined || isOpen(rollout.status) ? undefined : rollout.rollout;
  }

  /** What people would read on their telephones. */
  #tellNotices(): void {
    const { messages } = this.#stage.cloud.sns;
    for (const { subject, topicArn, atMs } of messages.slice(this.#noticesTold)) {
      const topic = topicArn.slice(topicArn.lastIndexOf(':') + 1);
      this.#audience.note({ atMs, text: `told ${topic}: ${subject}`, tone: 'plain' });
    }
    this.#noticesTold = messages.length;
  }

  #isClosely(): boolean {
    return this.#stage.fleet.ids.length <= CLOSELY_WATCHED;
  }

  #nowMs(): number {
    return this.#stage.cloud.clock.nowMs();
  }
}
