/** Scans that fetch their next page while the last one is being worked on: client and table work at the same time. */
import type { ScannedPage, ScanPosition } from './scan.ts';

export type PageScan<T> = (position: ScanPosition) => Promise<ScannedPage<T>>;

/**
 * One page ahead at most. For one invocation: a page kept longer would be old when it is asked for. The page that is
 * ahead when the work stops is read in vain, and not in any totals.
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
    // Whoever asks for it gets the error; if nobody does, nobody needs it.
    pending.catch(() => undefined);
    ahead = { position: nameOf(next), page: pending };
    return page;
  };
}

function nameOf({ segment, totalSegments, after = '' }: ScanPosition): string {
  return `${segment}/${totalSegments}/${after}`;
}
