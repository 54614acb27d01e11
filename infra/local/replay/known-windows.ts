/** The windows that the page offers: all that some favourite lies in. */
import type { WindowCalendar } from '../../../src/counting/time-window.ts';
import { ALL_TIME, parseCreatedAt, type TimeWindow, windowsOf } from '../../../src/counting/time-window.ts';

export class KnownWindows {
  readonly #windows = new Set<TimeWindow>([ALL_TIME]);
  readonly #dates = new Set<string>();
  readonly #settings: WindowCalendar['settings'];

  constructor(settings: WindowCalendar['settings']) {
    this.#settings = settings;
  }

  /** Grows with every new window: whoever has seen as many has seen all. */
  get size(): number {
    return this.#windows.size;
  }

  /** Of a favourite, as `Favourites` holds it. */
  addDate(text: string): void {
    // Nearly all come on a day that is known: that is worth not parsing it.
    const day = text.slice(0, 'yyyy-mm-dd'.length);
    if (this.#dates.has(day)) return;
    this.#dates.add(day);
    const createdAt = parseCreatedAt(text);
    if (createdAt === undefined) return;
    for (const window of windowsOf(createdAt, { settings: this.#settings, nowMs: Date.now() })) {
      this.#windows.add(window);
    }
  }

  list(): readonly TimeWindow[] {
    return [...this.#windows];
  }
}
