/**
 * How far a shard is answered, when its lanes answer out of order: the checkpoint may stand only at the highest record
 * before which nothing is open (I5: a record that was never answered is delivered again after a restart).
 */
export interface LowWaterMark {
  /** The next record in reading order; it is open once. Returns its position. */
  add(record: { readonly sequenceNumber: string; readonly createdAtMs: number }): number;
  /** One more delivery that the position waits for. */
  hold(position: number): void;
  /** One delivery of that position is answered. */
  release(position: number): void;
  /** Position after the last record added. */
  readonly end: number;
  /** Every position before this one is answered. */
  readonly answeredEnd: number;
  /** Of the last record before `answeredEnd`; undefined until there is one. */
  readonly sequenceNumber: string | undefined;
  /** Of the oldest open record; undefined when none is open. */
  readonly oldestCreatedAtMs: number | undefined;
}

interface Position {
  readonly sequenceNumber: string;
  readonly createdAtMs: number;
  open: number;
}

export function createLowWaterMark(start: string | undefined): LowWaterMark {
  const positions = new Map<number, Position>();
  let end = 0;
  let answeredEnd = 0;
  let sequenceNumber = start;
  const openAt = (position: number): Position => {
    const found = positions.get(position);
    if (found === undefined || found.open < 1)
      throw new Error(`Position ${position} of the shard is not open: answered twice`);
    return found;
  };
  return {
    add: (record) => {
      positions.set(end, { ...record, open: 1 });
      end += 1;
      return end - 1;
    },
    hold: (position) => {
      openAt(position).open += 1;
    },
    release: (position) => {
      openAt(position).open -= 1;
      for (let next = positions.get(answeredEnd); next?.open === 0; next = positions.get(answeredEnd)) {
        sequenceNumber = next.sequenceNumber;
        positions.delete(answeredEnd);
        answeredEnd += 1;
      }
    },
    get end() {
      return end;
    },
    get answeredEnd() {
      return answeredEnd;
    },
    get sequenceNumber() {
      return sequenceNumber;
    },
    get oldestCreatedAtMs() {
      return positions.get(answeredEnd)?.createdAtMs;
    },
  };
}
