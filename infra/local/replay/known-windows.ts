/** The windows of a local run: the kinds that it counts (`--windows`), and those that its page offers. */
import {
  ALL_TIME,
  type CreatedAt,
  keptKinds,
  type TimeWindow,
  type TimeWindowSettings,
  windowAt,
  type WindowKind,
  windowKinds,
  type WindowSettings,
  windowsOf,
} from '../../../src/counting/time-window.ts';
import { localText } from '../../../src/counting/time-zone.ts';

/** The default of --windows. */
const defaultKinds: readonly WindowKind[] = ['MONTH', 'DAY'];

export const windowsOption = {
  placeholder: 'KINDS',
  help: `windows besides ALL_TIME: any of ${windowKinds.join(',')} (default: ${defaultKinds.join(',')})`,
  parse(text: string): readonly WindowKind[] {
    const kinds = text.split(',').map((name) => windowKinds.find((kind) => kind === name));
    const known = kinds.filter((kind) => kind !== undefined);
    if (new Set(known).size === kinds.length) return known;
    throw new Error(`expected some of ${windowKinds.join(',')}, each once`);
  },
};

/** Keeps all windows forever, so that files with old dates are counted too. */
export function keptForEver(kinds: readonly WindowKind[] = defaultKinds): TimeWindowSettings {
  return Object.fromEntries(kinds.map((kind) => [kind, 'forever']));
}

/** The current windows, and all windows that contain a favourite. */
export class KnownWindows {
  readonly #windows: Set<TimeWindow>;
  readonly #hours = new Set<string>();
  readonly #settings: WindowSettings;

  constructor(settings: WindowSettings) {
    this.#settings = settings;
    const present = keptKinds(settings.timeWindows).map((kind) =>
      windowAt(kind, Date.now(), settings.timeZone),
    );
    this.#windows = new Set([ALL_TIME, ...present]);
  }

  /** Grows with every new window, so that readers see when to read the list again. */
  get size(): number {
    return this.#windows.size;
  }

  addInstant(atMs: number): void {
    this.addDate(localText(atMs, '', this.#settings.timeZone) ?? '');
  }

  /** @param text what the register of a favourite holds */
  addDate(text: string): void {
    // Most dates are in an hour that was already added. Skip them, because parsing is slower.
    const hour = text.slice(0, 'yyyy-mm-ddThh'.length);
    if (this.#hours.has(hour)) return;
    this.#hours.add(hour);
    const createdAt = text as CreatedAt;
    for (const window of windowsOf(createdAt, { ...this.#settings, nowMs: Date.now() })) {
      this.#windows.add(window);
    }
  }

  list(): readonly TimeWindow[] {
    return [...this.#windows];
  }
}
