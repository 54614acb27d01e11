/** A gate before the writes: closed, it lets none begin and waits for those under way, so that tables hold still. */
export class Gate {
  #inside = 0;
  #open: PromiseWithResolvers<void> | undefined;
  #empty: PromiseWithResolvers<void> | undefined;

  /** Resolves when a write may begin; every one that was let in must `leave`. */
  async enter(): Promise<void> {
    while (this.#open) await this.#open.promise;
    this.#inside += 1;
  }

  leave(): void {
    this.#inside -= 1;
    if (this.#inside === 0) this.#empty?.resolve();
  }

  /** Runs `work` while nothing is inside. One such work at a time. */
  async closedDuring<T>(work: () => Promise<T>): Promise<T> {
    while (this.#open) await this.#open.promise;
    const open = (this.#open = Promise.withResolvers<void>());
    try {
      if (this.#inside > 0) await (this.#empty = Promise.withResolvers<void>()).promise;
      return await work();
    } finally {
      this.#open = undefined;
      this.#empty = undefined;
      open.resolve();
    }
  }
}
