/**
 * The ranking of a window page by page, with one query per shard in parallel. While no count changes, the
 * pages together show each restaurant once, even while a change of the number of shards moves rows.
 * While counts change, the counts shown still never rise from page to page. But a restaurant whose count
 * crosses the end of a page may appear twice or not at all, and a rank is correct only at the moment of its
 * page.
 */
import { rankedKinds, rankedOf, type RankingSettings, rankPage, shardRanges } from '../counting/ranking.ts';
import { ALL_TIME, isRetained, type TimeWindow, type WindowCalendar } from '../counting/time-window.ts';
import { BadInputError } from './bad-input.ts';
import { decodeRankingCursor, encodeRankingCursor } from './cursor.ts';
import type { RankingOptions, RankingPage } from './favourite-counts-client.ts';
import { checkLimit } from './input.ts';
import type { ClientStore } from './store.ts';
import { readWindow } from './window.ts';

export async function ranking(
  {
    store,
    calendar,
    shards,
    ranking: settings,
  }: {
    readonly store: ClientStore;
    readonly calendar: WindowCalendar;
    readonly shards: number;
    readonly ranking?: RankingSettings | undefined;
  },
  options: RankingOptions = {},
): Promise<RankingPage> {
  const window = readWindow(options.window ?? ALL_TIME, calendar);
  const limit = checkLimit(options.limit);
  const after = decodeRankingCursor(options.cursor, { window, shards });
  const ranked = rankedOf(window, settings);
  if (ranked === 'off') throw notRanked(window, settings);
  if (!isRetained(window, calendar)) return { window, restaurants: [], cursor: undefined };

  const lowestCount = ranked === 'on' ? 1 : ranked;
  const ranges = shardRanges(shards, after).filter(({ highestCount }) => highestCount >= lowestCount);
  const read = await Promise.all(
    ranges.map(async (range) => ({
      shard: range.shard,
      rows: await store.rankingShard(window, { range: { ...range, lowestCount }, rowsMax: limit + 1 }),
    })),
  );
  const { restaurants, next } = rankPage(read, { limit, after });
  return { window, restaurants, cursor: next && encodeRankingCursor({ window, shards }, next) };
}

function notRanked(window: TimeWindow, settings: RankingSettings = {}): BadInputError {
  const off = rankedKinds.filter((kind) => settings[kind] === 'off');
  return new BadInputError(
    'windows',
    `this deployment counts the window ${window}, but does not rank it: its setting ranking is off for ` +
      off.join(' and '),
  );
}
