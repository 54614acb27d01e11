// A client of the API, as an application would write it.

import type { LocalRun } from '../../infra/local/local-run.ts';

export interface ApiAnswer {
  readonly status: number;
  readonly type: string | null;
  /** Undefined when the body is empty. */
  readonly body: unknown;
}

export interface RankedRow {
  readonly restaurant_id: string;
  readonly favourite_count: number;
  readonly rank: number;
}

export interface ApiClient {
  /** @param path already encoded, with its query */
  request(method: string, path: string): Promise<ApiAnswer>;
  mark(userId: string, restaurantId: string): Promise<ApiAnswer>;
  unmark(userId: string, restaurantId: string): Promise<ApiAnswer>;
  /** The rows of all pages of a window, in order. */
  ranking(window: string, limit: number): Promise<readonly RankedRow[]>;
}

/** A client on any transport: HTTP, or a local run in this process. */
export function apiClient(request: ApiClient['request']): ApiClient {
  const favouriteOf = (userId: string, restaurantId: string) =>
    `/users/${encodeURIComponent(userId)}/favourites/${encodeURIComponent(restaurantId)}`;
  return {
    request,
    mark: (userId, restaurantId) => request('PUT', favouriteOf(userId, restaurantId)),
    unmark: (userId, restaurantId) => request('DELETE', favouriteOf(userId, restaurantId)),
    async ranking(window, limit) {
      const rows: RankedRow[] = [];
      let cursor: string | undefined;
      do {
        const query = new URLSearchParams({ window, limit: String(limit), ...(cursor && { cursor }) });
        const { status, body } = await request('GET', `/restaurants?${query.toString()}`);
        if (status !== 200)
          throw new Error(`The ranking of ${window} was answered by ${status}: ${JSON.stringify(body)}`);
        const page = body as { readonly restaurants: readonly RankedRow[]; readonly cursor?: string };
        rows.push(...page.restaurants);
        cursor = page.cursor;
      } while (cursor !== undefined);
      return rows;
    },
  };
}

/** Sends requests over HTTP to the server at `url`. */
export function fetchFrom(url: string): ApiClient['request'] {
  return async (method, path) => {
    const response = await fetch(`${url.replace(/\/$/, '')}${path}`, { method });
    const text = await response.text();
    return {
      status: response.status,
      type: response.headers.get('content-type'),
      body: text === '' ? undefined : (JSON.parse(text) as unknown),
    };
  };
}

/** A client that calls a local run in this process. */
export function clientOf({ api }: Pick<LocalRun, 'api'>): ApiClient {
  return apiClient(async (method, target) => {
    const { status, headers, body } = await api({ method, target, headers: {}, body: Buffer.alloc(0) });
    const text = body.toString('utf8');
    return {
      status,
      type: headers['content-type'] ?? null,
      body: text === '' ? undefined : (JSON.parse(text) as unknown),
    };
  });
}

/** Equal counts share a rank, and the next rank skips as many: 1, 2, 2, 4. */
export function expectedRanks(counts: readonly number[]): readonly number[] {
  return counts.map((count) => counts.indexOf(count) + 1);
}
