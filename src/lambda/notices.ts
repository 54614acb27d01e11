/** Notices in the log of one step; its totals count all of them. */
const NOTICES_MAX = 20;

/** Writes the first notices of an invocation and drops the others, so that damage cannot flood the log. */
export function firstNotices<T>(write: (notice: T) => void): (notice: T) => void {
  let left = NOTICES_MAX;
  return (notice) => {
    left -= 1;
    if (left >= 0) write(notice);
  };
}
