/** The client over tables in memory, with a clock that stands still. */
import { clientOver } from '../../src/client/over-store.ts';
import type { RankingSettings } from '../../src/counting/ranking.ts';
import type { TimeWindowSettings } from '../../src/counting/time-window.ts';
import { memoryClientStore } from './memory-client-store.ts';

export const memoryNowMs = Date.UTC(2022, 7, 1, 12, 0, 0, 7);

export function memoryClient({
  shards = 3,
  timeWindows = { MONTH: 'forever', DAY: 62 },
  timeZone = 'UTC',
  ranking,
}: {
  readonly shards?: number;
  readonly timeWindows?: TimeWindowSettings;
  readonly timeZone?: string;
  readonly ranking?: RankingSettings;
} = {}) {
  const store = memoryClientStore({ shards });
  const client = clientOver({
    store,
    settings: { rankingShards: shards, timeWindows, timeZone, ranking },
    clock: { nowMs: () => memoryNowMs },
  });
  return { client, store };
}
