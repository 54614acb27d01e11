/**
 * How far a time zone is ahead of UTC. `Intl` is pure here: the answer depends on the zone, the time and the
 * runtime's zone data alone.
 */

/**
 * Milliseconds to subtract from a local time of the zone to get UTC. When clocks go back, an hour occurs
 * twice, and the first one is meant. When they go forward, an hour is skipped; a time in it is read as if the
 * clocks had not gone forward yet.
 */
export function offsetAt(localMs: number, zone: string): number {
  const day = 86_400_000;
  const [before, after] = [localMs - day, localMs + day].map((ms) => zoneOffsetMs(ms, zone));
  if (before === undefined || after === undefined || before === after) return before ?? 0;
  // An offset fits if the zone has it at the resulting instant. If neither fits, the clocks skipped this
  // time.
  const isBefore = zoneOffsetMs(localMs - before, zone) === before;
  return isBefore || zoneOffsetMs(localMs - after, zone) !== after ? before : after;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** How far the zone is ahead of UTC at that instant. */
function zoneOffsetMs(atMs: number, zone: string): number {
  let format = formats.get(zone);
  if (format === undefined) {
    const fields = { year: 'numeric', month: '2-digit', day: '2-digit' } as const;
    const times = { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' } as const;
    format = new Intl.DateTimeFormat('en-US', { timeZone: zone, era: 'short', ...fields, ...times });
    formats.set(zone, format);
  }
  const parts = Object.fromEntries(format.formatToParts(atMs).map(({ type, value }) => [type, value]));
  const year = parts['era'] === 'BC' ? 1 - Number(parts['year']) : Number(parts['year']);
  const wall = new Date(0);
  wall.setUTCFullYear(year, Number(parts['month']) - 1, Number(parts['day']));
  wall.setUTCHours(Number(parts['hour']), Number(parts['minute']), Number(parts['second']));
  return wall.getTime() - Math.floor(atMs / 1000) * 1000;
}
