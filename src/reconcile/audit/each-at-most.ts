/** Does something for each item, a few at a time, in order of their beginning. The first failure begins no more. */
export async function eachAtMost<T>(
  concurrency: number,
  items: readonly T[],
  work: (item: T) => Promise<void>,
): Promise<void> {
  let from = 0;
  const lane = async (): Promise<void> => {
    while (from < items.length) {
      const item = items[from] as T;
      from += 1;
      try {
        await work(item);
      } catch (failure) {
        from = items.length;
        throw failure;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, items.length) }, lane));
}
