/** What Docker does to the containers of a slot, and says of them. */
import type { Container, Ground, Slot, StartReason } from './host-state.ts';

export function findNamed(slot: Slot, name: Container['name']): Container | undefined {
  return slot.containers.find((container) => container.name === name);
}

export function findById(slot: Slot, id: number | undefined): Container | undefined {
  return id === undefined ? undefined : slot.containers.find((container) => container.id === id);
}

/** Removes it, running or not; nothing where it is gone already. */
export function remove(slot: Slot, container: Container | undefined): void {
  // Copied, for what a filter returns has room for 17, and a fleet has many hosts.
  slot.containers = [...slot.containers.filter((other) => other !== container)];
}

export function make(ground: Ground, of: Omit<Container, 'id'>): Container {
  const container = { ...of, id: ground.nextId() };
  ground.slot.containers = [...ground.slot.containers, container];
  return container;
}

/** Nothing happens to one that runs. */
export function start(ground: Ground, container: Container, because: StartReason): void {
  if (isAlive(ground, container, ground.nowMs())) return;
  container.isRunning = true;
  container.startedAtMs = ground.nowMs();
  ground.note({ kind: 'started', digest: container.digest, because });
}

/** Whether its process runs: not stopped, and not ended by itself. */
export function isAlive(ground: Ground, container: Container | undefined, atMs: number): boolean {
  if (!container?.isRunning || container.startedAtMs === undefined) return false;
  return ground.images.isAlive(container.digest, atMs - container.startedAtMs);
}

/** Whether two digests are the same image: an index, and what it names for a platform. */
export function isSameImage(ground: Ground, one: string, other: string): boolean {
  return ground.images.imageOf(one) === ground.images.imageOf(other);
}

export function holdsImage(ground: Ground, digest: string): boolean {
  const image = ground.images.imageOf(digest);
  for (const held of ground.pulled) if (ground.images.imageOf(held) === image) return true;
  return false;
}
