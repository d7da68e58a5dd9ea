/**
 * What people do to a host past Longshore, and what befalls its files: no agent hears of it, no lock is taken
 * and no fence is asked.
 */
import { findNamed, make, remove, start } from './containers.ts';
import {
  type Container,
  emptySlot,
  type Ground,
  NOBODY,
  type Slot,
  type StateFile,
} from './host-state.ts';

/** What there is to lay hands on. */
interface Reach {
  readonly slots: ReadonlyMap<string, Slot>;
  /** Digests that the host holds. */
  readonly pulled: Set<string>;
  /** Of a container that the host never heard of as well. */
  ground(container: string): Ground;
}

export class ByHand {
  readonly #reach: Reach;

  constructor(reach: Reach) {
    this.#reach = reach;
  }

  /** Starts a container in the place of another: there before Longshore, or drift after it. */
  run(
    name: string,
    digest: string,
    of: Partial<Pick<Container, 'ref' | 'restart' | 'trait'>> = {},
  ): void {
    const ground = this.#reach.ground(name);
    const { ref = `example.com/image@${digest}`, restart = 'unless-stopped', trait } = of;
    ground.pulled.add(digest);
    remove(ground.slot, findNamed(ground.slot, 'own'));
    const container = make(ground, {
      digest,
      ref,
      putBy: NOBODY,
      trait,
      name: 'own',
      restart,
      isRunning: false,
      startedAtMs: undefined,
    });
    start(ground, container, 'by_hand');
  }

  stop(container: string): void {
    const { slot, note } = this.#reach.ground(container);
    const own = findNamed(slot, 'own');
    if (own) own.isRunning = false;
    note({ kind: 'stopped' });
  }

  remove(container: string): void {
    const { slot, note } = this.#reach.ground(container);
    remove(slot, findNamed(slot, 'own'));
    note({ kind: 'stopped' });
  }

  /** `docker container prune`: whatever is stopped is gone. With `images`, what no container needs as well. */
  prune(images = false): void {
    const { slots, pulled } = this.#reach;
    for (const [name, slot] of slots) {
      const left = slot.containers.filter(({ isRunning }) => isRunning);
      if (left.length === slot.containers.length) continue;
      slot.containers = left;
      this.#reach.ground(name).note({ kind: 'pruned' });
    }
    if (!images) return;
    const used = [...slots.values()].flatMap(({ containers }) => containers);
    pulled.clear();
    for (const { digest } of used) pulled.add(digest);
  }

  /** An older disk image, a careless hand: the files are gone, the containers are not. */
  loseState(container: string): void {
    const { slot, note } = this.#reach.ground(container);
    const { name, containers, isLocked, printed } = slot;
    Object.assign(slot, { ...emptySlot(name), containers, isLocked, printed });
    note({ kind: 'lost' });
  }

  damage(container: string, file: StateFile): void {
    const { slot } = this.#reach.ground(container);
    slot.damaged = new Set([...slot.damaged, file]);
  }
}
