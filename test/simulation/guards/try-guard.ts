/**
 * A guard that is off, seed after seed until something is violated. A seed counts that violates nothing while
 * the guard is on.
 */
import { type ChildProcess, fork } from 'node:child_process';
import path from 'node:path';
import type { Answer, Task } from '../worker.ts';
import type { Size } from '../world.ts';
import type { Switch } from './guard.ts';

/** A seed takes some seconds, on a busy machine a minute; one that is still at it has lost its way. */
const MOST_MS = 15 * 60_000;

/** The seeds that CI plays with every guard on, from 1 on: they are known to be well. */
export const CI = { hosts: 8, hours: 4, seeds: 1000 };

export interface Finding {
  guard: string;
  /** Undefined where no seed finds it. */
  seed: number | undefined;
  /** How many seeds were played. */
  tries: number;
  violation: string;
}

export class Player {
  readonly #size: Size;
  readonly #template: string;
  readonly #switchedOff: string | undefined;
  #child: ChildProcess | undefined;

  constructor(size: Size, template: string, switchedOff?: string) {
    this.#size = size;
    this.#template = template;
    this.#switchedOff = switchedOff;
  }

  /** What the seed violates first; undefined where it violates nothing. */
  async play(seed: number): Promise<string | undefined> {
    const isNew = this.#child === undefined;
    const child = this.#child ?? this.#start();
    this.#child = child;
    const task: Task = { size: this.#size, seed, ...(isNew && { template: this.#template }) };
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.end();
        resolve(`endless: the seed has not ended in ${MOST_MS / 60_000} min`);
      }, MOST_MS);
      const onExit = () => {
        clearTimeout(timer);
        reject(
          new Error(`${this.#switchedOff ?? 'the product'}: the process of seed ${seed} ended`),
        );
      };
      child.once('exit', onExit);
      child.once('message', ({ violations }: Answer) => {
        clearTimeout(timer);
        child.off('exit', onExit);
        resolve(violations[0]);
      });
      child.send(task);
    });
  }

  end(): void {
    this.#child?.removeAllListeners('exit');
    this.#child?.kill();
    this.#child = undefined;
  }

  #start(): ChildProcess {
    const hook = path.join(import.meta.dirname, 'switch-off.ts');
    const name = this.#switchedOff;
    return fork(path.join(import.meta.dirname, '../worker.ts'), {
      ...(name !== undefined && {
        execArgv: ['--import', hook],
        env: { ...process.env, SWITCHED_OFF: name },
      }),
    });
  }
}

/** The seeds as they are with every guard on; each is played once, one after another. */
export class Whole {
  readonly #player: Player;
  readonly #isOfCi: boolean;
  readonly #played = new Map<number, Promise<boolean>>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(size: Size, template: string) {
    this.#player = new Player(size, template);
    this.#isOfCi = size.hosts === CI.hosts && size.hours === CI.hours;
  }

  isWell(seed: number): Promise<boolean> {
    if (this.#isOfCi && seed >= 1 && seed <= CI.seeds) return Promise.resolve(true);
    const known = this.#played.get(seed);
    if (known !== undefined) return known;
    const play = async () => (await this.#player.play(seed)) === undefined;
    const isWell = this.#last.then(play);
    this.#last = isWell;
    this.#played.set(seed, isWell);
    return isWell;
  }

  end(): void {
    this.#player.end();
  }
}

export interface Course {
  size: Size;
  template: string;
  whole: Whole;
  /** Seeds at most. */
  tries: number;
}

export async function tryGuard(
  { guard }: Switch,
  seeds: Iterable<number>,
  { size, template, whole, tries: most }: Course,
): Promise<Finding> {
  const player = new Player(size, template, guard);
  let tries = 0;
  try {
    for (const seed of seeds) {
      if (tries >= most) break;
      tries += 1;
      const violation = await player.play(seed);
      if (violation === undefined || !(await whole.isWell(seed))) continue;
      return { guard, seed, tries, violation };
    }
    return { guard, seed: undefined, tries, violation: '' };
  } finally {
    player.end();
  }
}
