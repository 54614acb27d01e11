/** Compares the client's answers with the counts of a file, and with the API's answers. */
import { expect } from '@jest/globals';
import { loadReplayFile } from '../../infra/local/replay/files/replay-file.ts';
import { playFile, type PlayedFile } from '../../infra/local/replay/play-file.ts';
import type { LocalRun } from '../../infra/local/local-run.ts';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  createFavouriteCountsClient,
  type FavouriteCountsClient,
  type RankedRestaurant,
} from '../../src/client/client.ts';
import type { CountsByWindow } from '../support/favourites-file.ts';
import { type ApiClient, expectedRanks } from './api-client.ts';

const SEED = 1;
/** Windows that are read at once, and restaurants in one call. */
const WINDOWS_AT_ONCE = 8;
const RESTAURANTS_MAX = 100;

/** A client of the run, as an application makes it. */
export function favouriteCountsOf(
  { clientConfig: config, dynamoDb: own }: LocalRun,
  dynamoDb: DynamoDBClient = own,
): FavouriteCountsClient {
  return createFavouriteCountsClient({ config, dynamoDb });
}

/** Replays a CSV file until all of it is counted. */
export async function play(run: LocalRun, path: string): Promise<PlayedFile & { readonly events: number }> {
  const { source } = run.settings;
  using file = await loadReplayFile({ paths: [path], source });
  const steps = { reconcile: 'never', backfill: undefined, damage: undefined } as const;
  const unwatched = { onPhase: () => {}, onWritten: () => {}, signal: new AbortController().signal };
  const played = await playFile({ run, file, seed: SEED, graceMs: 0, ...steps, ...unwatched });
  return { ...played, events: file.events.length };
}

/** Reads every count of every window, a hundred restaurants at a time, and some zeros in each. */
export async function expectCounts(client: FavouriteCountsClient, expected: CountsByWindow): Promise<void> {
  const all = [...(expected.get('ALL_TIME')?.keys() ?? [])];
  const checks = [...expected].map(([window, counts], at) => async () => {
    const zeros = ['nobody', ...all.slice(at % all.length).slice(0, 5)];
    const ids = [...counts.keys(), ...zeros];
    for (let from = 0; from < ids.length; from += RESTAURANTS_MAX) {
      const part = ids.slice(from, from + RESTAURANTS_MAX);
      const answers = await client.countsOf(part, { windows: [window] });
      expect(answers.map((answer) => [answer.restaurantId, answer.counts])).toEqual(
        part.map((id) => [id, { [window]: counts.get(id) ?? 0 }]),
      );
    }
  });
  for (let from = 0; from < checks.length; from += WINDOWS_AT_ONCE) {
    await Promise.all(checks.slice(from, from + WINDOWS_AT_ONCE).map((check) => check()));
  }
}

/** Each restaurant's counts in up to 100 windows at once, from the client and from the API. */
export async function expectSameCounts(
  { client, api }: { readonly client: FavouriteCountsClient; readonly api: ApiClient },
  restaurantIds: readonly string[],
  windows: readonly string[],
): Promise<void> {
  const answers = await client.countsOf(restaurantIds, { windows });
  for (const [at, id] of restaurantIds.entries()) {
    const path = `/restaurants/${encodeURIComponent(id)}/favourite-counts?windows=${windows.join(',')}`;
    const { restaurantId, counts, updatedAt } = answers[at] ?? {};
    const { status, body } = await api.request('GET', path);
    expect({ status, body }).toEqual({
      status: 200,
      body: { restaurant_id: restaurantId, counts, updated_at: updatedAt },
    });
  }
}

/** All pages of a window; each must be the API's page, with the same cursor. */
export async function allPages(
  { client, api }: { readonly client: FavouriteCountsClient; readonly api?: ApiClient },
  window: string,
  limit: number,
): Promise<readonly RankedRestaurant[]> {
  const rows: RankedRestaurant[] = [];
  let cursor: string | undefined;
  do {
    const page = await client.ranking({ window, limit, cursor });
    const query = new URLSearchParams({ window, limit: String(limit), ...(cursor && { cursor }) });
    if (api) {
      const { body } = await api.request('GET', `/restaurants?${query.toString()}`);
      expect(body).toEqual({
        window: page.window,
        restaurants: page.restaurants.map((row) => ({
          restaurant_id: row.restaurantId,
          favourite_count: row.favouriteCount,
          rank: row.rank,
        })),
        ...(page.cursor !== undefined && { cursor: page.cursor }),
      });
    }
    rows.push(...page.restaurants);
    ({ cursor } = page);
  } while (cursor !== undefined);
  return rows;
}

/** The rows hold each count once, highest first, with the ranks of a plain sort. */
export function expectRanked(
  rows: readonly RankedRestaurant[],
  expected: ReadonlyMap<string, number> | undefined,
): void {
  const counts = rows.map(({ favouriteCount }) => favouriteCount);
  expect(rows).toHaveLength(expected?.size ?? 0);
  expect(new Map(rows.map((row) => [row.restaurantId, row.favouriteCount]))).toEqual(expected ?? new Map());
  expect(counts).toEqual(counts.toSorted((a, b) => b - a));
  expect(rows.map(({ rank }) => rank)).toEqual(expectedRanks(counts));
}
