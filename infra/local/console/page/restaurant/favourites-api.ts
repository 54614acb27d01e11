/** Calls the API as any client does. Every function throws an Error whose message the page shows. */
import { noAnswer } from '../use-console.ts';

export interface RestaurantCounts {
  readonly counts: Readonly<Record<string, number>>;
  /** Null when the restaurant has no count row in these windows. */
  readonly updatedAt: string | null;
}

export async function readFavourite(user: string, restaurant: string): Promise<boolean> {
  const answer = await call('GET', favouritePath(user, restaurant));
  return (answer as { readonly favourite: boolean }).favourite;
}

export async function setFavourite(user: string, restaurant: string, favourite: boolean): Promise<void> {
  await call(favourite ? 'PUT' : 'DELETE', favouritePath(user, restaurant));
}

/** @param windows at most 100 */
export async function readCounts(restaurant: string, windows: readonly string[]): Promise<RestaurantCounts> {
  const path = `/restaurants/${segment(restaurant)}/favourite-counts?windows=${windows.join(',')}`;
  const answer = (await call('GET', path)) as {
    readonly counts: Readonly<Record<string, number>>;
    readonly updated_at: string | null;
  };
  return { counts: answer.counts, updatedAt: answer.updated_at };
}

const favouritePath = (user: string, restaurant: string): string =>
  `/users/${segment(user)}/favourites/${segment(restaurant)}`;

/** A browser would remove the path segments "." and ".." and request another path. */
function segment(id: string): string {
  if (id === '' || id === '.' || id === '..') throw new Error('An id must not be empty, "." or "..".');
  return encodeURIComponent(id);
}

async function call(method: string, path: string): Promise<unknown> {
  const response = await fetch(path, { method }).catch(() => {
    throw new Error(noAnswer);
  });
  if (response.status === 204) return undefined;
  const answer: unknown = await response.json().catch(() => undefined);
  if (response.ok) return answer;
  const { detail, message } = (answer ?? {}) as { readonly detail?: string; readonly message?: string };
  throw new Error(detail ?? message ?? `The API responded with status ${response.status}.`);
}
