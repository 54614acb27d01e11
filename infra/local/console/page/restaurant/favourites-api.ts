/**
 * Marks, un-marks and reads counts: through the API like any client, or through the console for what the API
 * does not take. Every function throws an Error whose message the page shows.
 */
import type { ConsoleCounts, MarkedRestaurants } from '../../protocol.ts';
import { noAnswer } from '../use-console.ts';
import { isPathId } from './path-id.ts';

/** Who writes the hearts. */
export type HeartWriter = 'api' | 'console';

/** Which of the restaurants the user has marked. */
export async function readMarked(
  by: HeartWriter,
  user: string,
  restaurants: readonly string[],
): Promise<ReadonlySet<string>> {
  const inApi = restaurants.filter((restaurant) => isApis(by, user, restaurant));
  const others = restaurants.filter((restaurant) => !inApi.includes(restaurant));
  const asked = others.length === 0 ? undefined : call('GET', consolePath(user, others));
  const answers = await Promise.all(inApi.map((restaurant) => call('GET', apiPath(user, restaurant))));
  const marked = inApi.filter((_, i) => (answers[i] as { readonly favourite: boolean }).favourite);
  return new Set([...marked, ...(((await asked) as MarkedRestaurants | undefined)?.marked ?? [])]);
}

export async function setFavourite(
  by: HeartWriter,
  { user, restaurant, isMarked }: { user: string; restaurant: string; isMarked: boolean },
): Promise<void> {
  const path = isApis(by, user, restaurant) ? apiPath(user, restaurant) : consolePath(user, [restaurant]);
  await call(isMarked ? 'PUT' : 'DELETE', path);
}

/** @param windows at most 100 */
export async function readCounts(restaurant: string, windows: readonly string[]): Promise<ConsoleCounts> {
  if (!isPathId(restaurant)) {
    const query = [['restaurant', restaurant], ...windows.map((window) => ['window', window])];
    return (await call('GET', `/console/counts?${new URLSearchParams(query)}`)) as ConsoleCounts;
  }
  const path = `/restaurants/${encodeURIComponent(restaurant)}/favourite-counts?windows=${windows.join(',')}`;
  const answer = (await call('GET', path)) as {
    readonly counts: Readonly<Record<string, number>>;
    readonly updated_at: string | null;
  };
  return { counts: answer.counts, updatedAt: answer.updated_at };
}

const isApis = (by: HeartWriter, user: string, restaurant: string): boolean =>
  by === 'api' && isPathId(user) && isPathId(restaurant);

const apiPath = (user: string, restaurant: string): string =>
  `/users/${encodeURIComponent(user)}/favourites/${encodeURIComponent(restaurant)}`;

function consolePath(user: string, restaurants: readonly string[]): string {
  const query = [['user', user], ...restaurants.map((restaurant) => ['restaurant', restaurant])];
  return `/console/favourites?${new URLSearchParams(query)}`;
}

async function call(method: string, path: string): Promise<unknown> {
  const response = await fetch(path, { method }).catch(() => {
    throw new Error(noAnswer);
  });
  if (response.status === 204) return undefined;
  const answer: unknown = await response.json().catch(() => undefined);
  if (response.ok) return answer;
  const { detail, message } = (answer ?? {}) as { readonly detail?: string; readonly message?: string };
  throw new Error(detail ?? message ?? `The server responded with status ${response.status}.`);
}
