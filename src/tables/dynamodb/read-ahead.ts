/** Scans that fetch the next page while the caller works on the last one. */
import type { ScannedPage, ScanPosition } from './scan.ts';

export type PageScan<T> = (position: ScanPosition) => Promise<ScannedPage<T>>;

/**
 * Reads at most one page ahead. Make one per invocation: a page kept longer would be old. A page that is
 * never requested costs read units that no total shows.
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
    // A caller that requests this page gets the error. Otherwise the error does not matter.
    pending.catch(() => undefined);
    ahead = { position: nameOf(next), page: pending };
    return page;
  };
}

function nameOf({ segment, totalSegments, after = '' }: ScanPosition): string {
  return `${segment}/${totalSegments}/${after}`;
}
