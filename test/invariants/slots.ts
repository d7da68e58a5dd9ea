/** What a host really holds of one container name. */
import type { Container, HostEvent, Slot } from '#local/hosts/host-state.ts';

/** The one that bears the name itself. */
export function ownContainer(slot: Readonly<Slot> | undefined): Container | undefined {
  return slot?.containers.find(({ name }) => name === 'own');
}

/** Whether a person ran, stopped or took away a container; a host's own stops are part of its swaps, and no event. */
export function isByHand(event: HostEvent): boolean {
  if (event.kind === 'started') return event.because === 'by_hand';
  return event.kind === 'stopped' || event.kind === 'pruned';
}
