/** The sender: one item for the whole stack, in the table of the rollouts. */
import { Sender } from '#core/sender.ts';
import { type Item, parseItem, putVersioned, readItem, type Store } from './store.ts';

export const SENDER_KEY = { rollout: 'sender', item: 'sender' };

export async function readSender(store: Store): Promise<Sender | undefined> {
  return parseSender(await readItem(store, store.rollouts, SENDER_KEY));
}

export function parseSender(item: Item | undefined): Sender | undefined {
  return item === undefined ? undefined : parseItem(Sender, item, 'the sender');
}

export function writeSender(store: Store, sender: Sender): Promise<Sender> {
  return putVersioned(store, store.rollouts, sender);
}
