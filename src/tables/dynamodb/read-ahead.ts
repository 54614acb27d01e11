/** Scans that fetch the next page while the last one is worked on. */
import type { ScannedPage, ScanPosition } from './scan.ts';

export type PageScan<T> = (position: ScanPosition) => Promise<ScannedPage<T>>;

/**
 * One page ahead at most. Make one per invocation: a page kept longer would be old when it is asked for. A
 * page that nobody asks for is read in vain, and is in no totals.
 */
export function readAhead<T>(scan: PageScan<T>): PageScan<T> {
  let ahead: { readonly position: string; readonly page: Promise<ScannedPage<T>> } | undefined;
  return async (position) => {
    const kept = ahead?.position === nameOf(position) ? ahead.page : undefined;
    ahead = undefined;
    const page = await (kept ?? scan(position));
    if (page.next === undefined) return page;
    const next = { ...position, after: page.next };
    const pending = scan(next);
    // A caller that asks for the page gets the error; without one it does not matter.
    pending.catch(() => undefined);
    ahead = { position: nameOf(next), page: pending };
    return page;
  };
}

function nameOf({ segment, totalSegments, after = '' }: ScanPosition): string {
  return `${segment}/${totalSegments}/${after}`;
}
