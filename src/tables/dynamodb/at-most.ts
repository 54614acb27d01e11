/** Limits how many tasks run at once; waiting tasks start in the order in which they came. */
export type AtMost = <T>(work: () => Promise<T>) => Promise<T>;

/** After the first failure no further task starts: the waiting ones fail with the same error. */
export function atMost(slots: number): AtMost {
  let free = slots;
  const waiting: (() => void)[] = [];
  let failure: { readonly thrown: unknown } | undefined;
  return async (work) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      if (failure !== undefined) throw failure.thrown;
      return await work();
    } catch (thrown) {
      failure ??= { thrown };
      throw thrown;
    } finally {
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else next();
    }
  };
}
