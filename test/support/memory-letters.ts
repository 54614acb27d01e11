/**
 * The dead-letter queue of a redrive, in memory, on the test's clock. A dead letter may be deleted only when,
 * for each of its events, the register contains that event or a later event (I5). An earlier deletion throws
 * and is added to `violations`.
 */
import { parseFavouriteEvents } from '../../src/counting/favourite-event.ts';
import type { Mapping } from '../../src/counting/mapping.ts';
import type { ReceivedLetter, ReceivedLetters } from '../../src/dead-letters/dead-letter-queue.ts';
import { defaultMapping, favouriteId } from './favourite-changes.ts';
import type { MemoryStore } from './memory-store.ts';

interface Kept {
  readonly letter: ReceivedLetter;
  readonly holds: readonly unknown[];
  visibleAtMs: number;
}

const RECEIVED_MAX = 10;
/** More receives than any test needs. A redrive that needs more refills the queue that it empties. */
const RECEIVES_MAX = 1_000;

export class MemoryLetters implements ReceivedLetters {
  readonly #kept = new Map<string, Kept>();
  readonly #nowMs: () => number;
  readonly #store: MemoryStore;
  readonly #mapping: Mapping;
  #sent = 0;
  /** How often each dead letter was received, by message id. */
  readonly receptions = new Map<string, number>();
  receives = 0;
  /** Deletions that the redrive requested too early. */
  readonly violations: string[] = [];
  /** Ids whose deletion SQS does not confirm. With `throws`, SQS does not respond at all. */
  undeletable: ReadonlySet<string> | 'throws' = new Set();

  constructor({
    nowMs,
    store,
    mapping = defaultMapping,
  }: {
    readonly nowMs: () => number;
    readonly store: MemoryStore;
    readonly mapping?: Mapping;
  }) {
    this.#nowMs = nowMs;
    this.#store = store;
    this.#mapping = mapping;
  }

  /** @returns the message id. */
  put(body: string, holds: readonly unknown[] = []): string {
    this.#sent += 1;
    const messageId = `letter-${this.#sent}`;
    this.#kept.set(messageId, {
      letter: { messageId, receiptHandle: `receipt-${this.#sent}`, body },
      holds,
      visibleAtMs: 0,
    });
    return messageId;
  }

  /** Ids of all dead letters in the queue, including the hidden ones. */
  get kept(): readonly string[] {
    return [...this.#kept.keys()];
  }

  get visible(): readonly string[] {
    return [...this.#kept.values()]
      .filter((one) => this.#isVisible(one))
      .map(({ letter }) => letter.messageId);
  }

  bodyOf(messageId: string): string {
    return this.#kept.get(messageId)?.letter.body ?? '';
  }

  /** The records that were put with the dead letter. */
  recordsOf(messageId: string): readonly { readonly eventID: string }[] {
    return (this.#kept.get(messageId)?.holds ?? []) as readonly { readonly eventID: string }[];
  }

  receive({ hiddenSeconds }: { readonly hiddenSeconds: number }): Promise<readonly ReceivedLetter[]> {
    this.receives += 1;
    if (this.receives > RECEIVES_MAX) throw new Error(`the redrive received more than ${RECEIVES_MAX} times`);
    const received = [...this.#kept.values()].filter((one) => this.#isVisible(one)).slice(0, RECEIVED_MAX);
    for (const one of received) {
      one.visibleAtMs = this.#nowMs() + hiddenSeconds * 1000;
      const { messageId } = one.letter;
      this.receptions.set(messageId, (this.receptions.get(messageId) ?? 0) + 1);
    }
    return Promise.resolve(received.map(({ letter }) => letter));
  }

  delete(letters: readonly ReceivedLetter[]): Promise<readonly ReceivedLetter[]> {
    const { undeletable } = this;
    for (const { messageId } of letters) this.#assertCommitted(messageId);
    if (undeletable === 'throws') return Promise.reject(new Error('no answer'));
    const deleted = letters.filter(({ messageId }) => !undeletable.has(messageId));
    for (const { messageId } of deleted) this.#kept.delete(messageId);
    return Promise.resolve(deleted);
  }

  giveBack(letters: readonly ReceivedLetter[]): Promise<void> {
    for (const { receiptHandle } of letters) {
      for (const one of this.#kept.values()) {
        if (one.letter.receiptHandle === receiptHandle) one.visibleAtMs = 0;
      }
    }
    return Promise.resolve();
  }

  #isVisible({ visibleAtMs }: Kept): boolean {
    return visibleAtMs <= this.#nowMs();
  }

  #assertCommitted(messageId: string): void {
    for (const record of this.#kept.get(messageId)?.holds ?? []) {
      for (const { key, position } of parseFavouriteEvents(record, this.#mapping).events) {
        const register = this.#store.registers.get(favouriteId(key));
        if (register !== undefined && register.position >= position) continue;
        const name = favouriteId(key);
        const violation = `I5 broken: ${messageId} was deleted before its event reached register ${name}`;
        this.violations.push(violation);
        throw new Error(violation);
      }
    }
  }
}
