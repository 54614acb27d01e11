import { csvField } from '../../infra/command-line/files/output-files.ts';

/** A file of favourites and its expected counts, computed here without the product's code. */
export interface FavouritesFile {
  readonly csv: string;
  readonly events: number;
  /** Favourites that exist after all events. */
  readonly live: number;
  /** The counts as `--out` writes them. */
  readonly countsCsv: string;
  /** The ten restaurants with the most favourites, as `[id, count]`; ties are ordered by id. */
  readonly top: readonly (readonly [string, number])[];
}

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const START_MS = Date.UTC(2021, 11, 30);
const HOUR_MS = 3_600_000;

/**
 * A long tail of restaurants, some with ids that need quotes. A third of the favourites are un-marked later.
 */
export function favouritesFile(options: { readonly pairs: number }): FavouritesFile {
  const rows: string[][] = [];
  const counts = new Map<string, Map<string, number>>();
  let [events, live] = [0, 0];
  for (let pair = 0; pair < options.pairs; pair += 1) {
    const restaurant = restaurantOf(pair);
    const user = `u${pair}`;
    const createdMs = START_MS + pair * HOUR_MS;
    const created = new Date(createdMs);
    if (pair % 3 === 0) {
      rows.push([restaurant, user, created.toISOString(), new Date(createdMs + 30 * HOUR_MS).toISOString()]);
      events += 2;
    }
    if (pair % 3 === 0 && pair % 2 === 0) continue;
    // Every other favourite that was un-marked is marked again later.
    const again = pair % 3 === 0 ? new Date(createdMs + 50 * HOUR_MS) : created;
    rows.push([restaurant, user, again.toISOString(), '']);
    events += 1;
    live += 1;
    const month = `${MONTHS[again.getUTCMonth()]}_${again.getUTCFullYear()}`;
    const day = again.toISOString().slice(0, 10).replaceAll('-', '');
    const windows = counts.get(restaurant) ?? new Map<string, number>();
    counts.set(restaurant, windows);
    for (const window of ['ALL_TIME', month, day]) windows.set(window, (windows.get(window) ?? 0) + 1);
  }
  const lines = rows.map((fields) => fields.map(csvField).join(','));
  const counted = [...counts].flatMap(([restaurant, windows]) =>
    [...windows].map(([window, count]) => ({ restaurant, window, count })),
  );
  const bytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));
  counted.sort((a, b) => bytes(a.restaurant, b.restaurant) || bytes(a.window, b.window));
  const top = counted
    .filter(({ window }) => window === 'ALL_TIME')
    .toSorted((a, b) => b.count - a.count || (a.restaurant < b.restaurant ? -1 : 1))
    .slice(0, 10)
    .map(({ restaurant, count }) => [restaurant, count] as const);
  const expected = counted.map(
    ({ restaurant, window, count }) => `${csvField(restaurant)},${window},${count}`,
  );
  return {
    csv: ['restaurant_id,user_id,created_at,removed_at', ...lines, ''].join('\n'),
    countsCsv: ['restaurant_id,time_window,favourite_count', ...expected, ''].join('\n'),
    events,
    live,
    top,
  };
}

function restaurantOf(pair: number): string {
  const rank = Math.floor(40 * ((pair * 0.618_034) % 1) ** 2);
  return rank % 5 === 0 ? `Café "${rank}", 🍜` : `r${rank}`;
}

/** The counts of a file as `--out` writes it: by window, then by restaurant. */
export type CountsByWindow = ReadonlyMap<string, ReadonlyMap<string, number>>;

export function countsByWindow(countsCsv: string): CountsByWindow {
  const windows = new Map<string, Map<string, number>>();
  for (const line of countsCsv.split('\n').slice(1, -1)) {
    const [, quoted, plain, window = '', count] = /^(?:"(.*)"|([^,]*)),(\w+),(\d+)$/.exec(line) ?? [];
    const counts = windows.get(window) ?? new Map<string, number>();
    windows.set(window, counts.set(quoted?.replaceAll('""', '"') ?? plain ?? '', Number(count)));
  }
  return windows;
}
