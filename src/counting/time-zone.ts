/**
 * Local times of IANA time zones. `Intl` is pure here: the answers depend on the zone, the time and the
 * runtime's zone data alone. For {@link UTC} it is not used.
 */

/** The default time zone. */
export const UTC = 'UTC';

const DAY_MS = 86_400_000;

/**
 * The local time at an instant, such as `2022-08-01T14:00:00+02:00`: RFC 3339, except that an offset may have
 * seconds, as those before about 1900 do. An offset of zero is `Z`. Undefined outside the years 0000 to 9999.
 * @param fraction of the second, such as `.25`, or empty
 */
export function localText(atMs: number, fraction: string, zone: string): string | undefined {
  const offsetMs = zoneOffsetMs(atMs, zone);
  const text = new Date(atMs + offsetMs).toISOString();
  // Other years have a sign and six digits.
  if (text.length > 'yyyy-mm-ddThh:mm:ss.sssZ'.length) return undefined;
  return text.slice(0, -'.sssZ'.length) + fraction + offsetText(offsetMs);
}

/** The local time at an instant, as if it were a time in UTC. */
export function localMs(atMs: number, zone: string): number {
  return atMs + zoneOffsetMs(atMs, zone);
}

/**
 * The instant of a local time. When clocks go back, an hour occurs twice, and the first one is meant. When
 * they go forward, an hour is skipped; a time in it is read as if the clocks had not gone forward yet.
 * @param local the local time as if it were a time in UTC
 */
export function instantOf(local: number, zone: string): number {
  const [before, after] = offsetsAround(local, zone);
  // An offset fits if the zone has it at the resulting instant. If neither fits, the clocks skipped this
  // time.
  const isBefore = zoneOffsetMs(local - before, zone) === before;
  return local - (isBefore || zoneOffsetMs(local - after, zone) !== after ? before : after);
}

/**
 * The first instant whose local time is `local` or later. If the clocks skip that time, it is the instant of
 * the skip. So a day may start at 01:00, and a day that a zone left out starts when the next one does.
 * @param local the local time as if it were a time in UTC
 */
export function firstInstantFrom(local: number, zone: string): number {
  const [before, after] = offsetsAround(local, zone);
  const first = local - before;
  if (zoneOffsetMs(first, zone) === before) return first;
  return Math.max(local - after, transitionBetween(local - 2 * DAY_MS, first, zone));
}

/** The offsets of the zone safely before a local time and safely after it. */
function offsetsAround(local: number, zone: string): readonly [before: number, after: number] {
  // Two days are enough: an offset is at most 16 hours, and the largest change was a whole day.
  return [zoneOffsetMs(local - 2 * DAY_MS, zone), zoneOffsetMs(local + 2 * DAY_MS, zone)];
}

/** The first instant, to the second, at which the offset is no longer the one at `fromMs`. */
function transitionBetween(fromMs: number, toMs: number, zone: string): number {
  const before = zoneOffsetMs(fromMs, zone);
  let [low, high] = [Math.floor(fromMs / 1000), Math.floor(toMs / 1000)];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (zoneOffsetMs(middle * 1000, zone) === before) low = middle;
    else high = middle;
  }
  return high * 1000;
}

/** Month, day, year, era and time, as `en-US` writes them: `08/01/2022 AD, 14:00:00`. */
const FORMATTED = /^(\d+)\D(\d+)\D(\d+) (A|B)\D+(\d+)\D(\d+)\D(\d+)$/;

/** How far the zone is ahead of UTC at that instant, in whole seconds. */
function zoneOffsetMs(atMs: number, zone: string): number {
  if (zone === UTC) return 0;
  const [, month, day, year, era, ...time] = FORMATTED.exec(formatIn(zone).format(atMs)) ?? [];
  const [hour, minute, second] = time.map(Number);
  const wall = new Date(0);
  wall.setUTCFullYear(era === 'B' ? 1 - Number(year) : Number(year), Number(month) - 1, Number(day));
  wall.setUTCHours(Number(hour), Number(minute), Number(second));
  return wall.getTime() - Math.floor(atMs / 1000) * 1000;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** @throws {RangeError} for a name that is no time zone */
function formatIn(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (format === undefined) {
    const date = { era: 'short', year: 'numeric', month: '2-digit', day: '2-digit' } as const;
    const time = { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' } as const;
    format = new Intl.DateTimeFormat('en-US', { timeZone: zone, ...date, ...time });
    formats.set(zone, format);
  }
  return format;
}

function offsetText(offsetMs: number): string {
  if (offsetMs === 0) return 'Z';
  const seconds = Math.abs(offsetMs) / 1000;
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const texts = parts.slice(0, seconds % 60 === 0 ? 2 : 3).map((part) => String(part).padStart(2, '0'));
  return `${offsetMs < 0 ? '-' : '+'}${texts.join(':')}`;
}

/**
 * Whether the runtime knows the IANA name, such as `Europe/Berlin`. An offset such as `+02:00` is no name.
 */
export function isTimeZone(name: string): boolean {
  try {
    return /^[A-Za-z]/.test(name) && formatIn(name).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
