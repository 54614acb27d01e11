/**
 * The low-water mark of a shard: the last record that is answered together with every record before it. Lanes
 * answer out of order. The checkpoint is this record, so that a restart redelivers every unanswered record
 * (I5).
 */
interface Position {
  readonly sequenceNumber: string;
  readonly createdAtMs: number;
  /** Holds not yet released. */
  open: number;
}

export class LowWaterMark {
  readonly #positions = new Map<number, Position>();
  #end = 0;
  #answeredEnd = 0;
  #sequenceNumber: string | undefined;

  constructor(sequenceNumber: string | undefined) {
    this.#sequenceNumber = sequenceNumber;
  }

  /** Adds the next record in reading order with one hold on it, and returns its position. */
  add(record: Omit<Position, 'open'>): number {
    this.#positions.set(this.#end, { ...record, open: 1 });
    this.#end += 1;
    return this.#end - 1;
  }

  /** Adds a hold: the mark cannot pass this position until one more delivery is answered. */
  hold(position: number): void {
    this.#openAt(position).open += 1;
  }

  /** Removes one hold. Call when a delivery that holds this position is answered. */
  release(position: number): void {
    this.#openAt(position).open -= 1;
    for (let next = this.#first; next?.open === 0; next = this.#first) {
      this.#sequenceNumber = next.sequenceNumber;
      this.#positions.delete(this.#answeredEnd);
      this.#answeredEnd += 1;
    }
  }

  /** The position after the last record added. */
  get end(): number {
    return this.#end;
  }

  /** Every position before this one is answered. */
  get answeredEnd(): number {
    return this.#answeredEnd;
  }

  /** Sequence number of the last record before `answeredEnd`; undefined if there is no such record. */
  get sequenceNumber(): string | undefined {
    return this.#sequenceNumber;
  }

  /** Creation time of the oldest unanswered record; undefined when all are answered. */
  get oldestCreatedAtMs(): number | undefined {
    return this.#first?.createdAtMs;
  }

  get #first(): Position | undefined {
    return this.#positions.get(this.#answeredEnd);
  }

  #openAt(position: number): Position {
    const found = this.#positions.get(position);
    if (found !== undefined && found.open > 0) return found;
    throw new Error(`Position ${position} of the shard is not open: it was answered twice`);
  }
}
