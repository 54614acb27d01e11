/**
 * How far a shard is answered, when its lanes answer out of order: the checkpoint may stand only at the
 * highest record before which nothing is open (I5: a record that was never answered is delivered again after
 * a restart).
 */
interface Position {
  readonly sequenceNumber: string;
  readonly createdAtMs: number;
  /** Holds that are not released. */
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

  /** The next record in reading order, held once. Returns its position. */
  add(record: Omit<Position, 'open'>): number {
    this.#positions.set(this.#end, { ...record, open: 1 });
    this.#end += 1;
    return this.#end - 1;
  }

  /** One more delivery that the position waits for. */
  hold(position: number): void {
    this.#openAt(position).open += 1;
  }

  /** One delivery of that position is answered. */
  release(position: number): void {
    this.#openAt(position).open -= 1;
    for (let next = this.#first; next?.open === 0; next = this.#first) {
      this.#sequenceNumber = next.sequenceNumber;
      this.#positions.delete(this.#answeredEnd);
      this.#answeredEnd += 1;
    }
  }

  /** Position after the last record added. */
  get end(): number {
    return this.#end;
  }

  /** Every position before this one is answered. */
  get answeredEnd(): number {
    return this.#answeredEnd;
  }

  /** Of the last record before `answeredEnd`; undefined until there is one. */
  get sequenceNumber(): string | undefined {
    return this.#sequenceNumber;
  }

  /** Of the oldest open record; undefined when all are answered. */
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
