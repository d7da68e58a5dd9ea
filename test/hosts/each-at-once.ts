/** A task for each of the items, so many at once; no more are begun once it is aborted. Results in the items' order. */
export async function eachAtOnce<Item, Result>(
  items: readonly Item[],
  atOnce: number,
  task: (item: Item) => Promise<Result>,
  signal?: AbortSignal,
): Promise<Result[]> {
  const results: Result[] = [];
  const queue = items.entries();
  const work = async () => {
    for (const [at, item] of queue) {
      signal?.throwIfAborted();
      results[at] = await task(item);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return results;
}
