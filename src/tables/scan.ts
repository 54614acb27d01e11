/** One page of a parallel scan, and where the next one begins. */
export interface ScanPosition {
  readonly segment: number;
  readonly totalSegments: number;
  /** `next` of the page before; absent at the start of the segment. */
  readonly after?: string;
}

export interface ScannedPage<T> {
  readonly items: readonly T[];
  /** Opaque text of at most 4.2 KB; undefined at the end of the segment. */
  readonly next: string | undefined;
  readonly readUnits: number;
}
