/** The windows that the page offers. Their kinds, names and titles come from the table in src/counting. */
import {
  ALL_TIME,
  kinds,
  spanOf,
  type TimeWindow,
  titleOf as titleOfWindow,
  windowAround,
  windowAt,
  type WindowKind,
  windowKinds,
  type WindowSpan,
} from '../../../../../src/counting/time-window.ts';

/** The windows of one kind, newest first. */
export type WindowsByKind = ReadonlyMap<WindowKind, readonly Offered[]>;
interface Offered extends WindowSpan {
  readonly window: string;
}

export const titleOf = (window: string): string => titleOfWindow(window as TimeWindow);

/** The kinds in the order of the table, without those that have no window. */
export function byKind(windows: readonly string[]): WindowsByKind {
  const offered = [...new Set(windows)]
    .flatMap((window) => {
      const span = spanOf(window as TimeWindow);
      return span ? [{ ...span, window }] : [];
    })
    .sort((a, b) => b.startMs - a.startMs);
  const found = Map.groupBy(offered, ({ kind }) => kind);
  return new Map(windowKinds.flatMap((kind) => (found.has(kind) ? [[kind, found.get(kind) ?? []]] : [])));
}

/** `All time`, and the current window of each kind: `This month`, `Today`. */
export function presentWindows(
  offered: WindowsByKind,
  timeZone: string,
): readonly (readonly [title: string, window: string])[] {
  const present = [...offered.keys()].map((kind) => {
    const words = kinds[kind].current.toLowerCase().replace('_', ' ');
    return [words.charAt(0).toUpperCase() + words.slice(1), windowAt(kind, Date.now(), timeZone)] as const;
  });
  return [['All time', ALL_TIME], ...present];
}

/** `Month` for MONTH. */
export const nameOf = (kind: WindowKind): string => kind.charAt(0) + kind.slice(1).toLowerCase();

export interface WindowSelect {
  readonly kind: WindowKind;
  /** The window of this kind at the start of the shown window; empty if the shown window is longer. */
  readonly value: string;
  readonly options: readonly string[];
  /** The value of the choice "whole …": the shown window of the next longer kind, or ALL_TIME. */
  readonly whole: string;
  readonly wholeTitle: string;
  readonly isDisabled: boolean;
}

/** A select for each kind, the longest first. Each offers the windows that begin in the choice before it. */
export function selectsOf(window: string, offered: WindowsByKind): readonly WindowSelect[] {
  const shown = spanOf(window as TimeWindow);
  const selects: WindowSelect[] = [];
  let whole: { readonly window: string } & Partial<WindowSpan> = { window: ALL_TIME };
  for (const [kind, all] of offered) {
    const isShown = shown !== undefined && windowKinds.indexOf(kind) <= windowKinds.indexOf(shown.kind);
    const value = isShown ? windowAround(kind, shown.startMs) : '';
    const { startMs = -Infinity, endMs = Infinity } = whole;
    const inside = all.filter((one) => one.startMs >= startMs && one.startMs < endMs);
    selects.push({
      kind,
      value,
      // Add the shown window: a week may begin in the month before, and is then not among the others.
      options: [...new Set([...inside.map((one) => one.window), ...(isShown ? [value] : [])])],
      whole: whole.window,
      wholeTitle: whole.kind === undefined ? 'All time' : `Whole ${whole.kind.toLowerCase()}`,
      isDisabled: selects.length > 0 && whole.kind === undefined,
    });
    if (isShown) whole = { window: value, ...spanOf(value as TimeWindow) };
  }
  return selects;
}
