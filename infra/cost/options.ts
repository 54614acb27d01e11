/** The options of the command, and the load that they describe. */
import { usageOf } from '#usage';
import { parseRankingSettings, rankedKinds, type RankingSettings } from '../../src/counting/ranking.ts';
import {
  formatTimeWindowSettings,
  keptKinds,
  parseTimeWindowSettings,
  type TimeWindowSettings,
  windowKinds,
} from '../../src/counting/time-window.ts';
import { InputError } from '../command-line/input-error.ts';
import {
  flagOption,
  type Option,
  type OptionValues,
  wholeNumberOption,
} from '../command-line/parse-command-line.ts';
import { defaultSettings } from '../settings/settings.ts';
import type { Load } from './load.ts';

const { pipe, aggregator, timeWindows, ranking, rankingShards, commitConcurrency } = defaultSettings;
/** Un-marks for a hundred marks, as in the trace of docs/benchmarks.md: 8,651 to 51,571. */
const UNMARKS_PERCENT = 17;
const STORED_DAYS = 365;

const windowsOption: Option<TimeWindowSettings> = {
  placeholder: 'WINDOWS',
  help: `the setting timeWindows, or none (default: ${formatTimeWindowSettings(timeWindows)})`,
  parse(text) {
    if (text === 'none') return {};
    try {
      return parseTimeWindowSettings(text);
    } catch (cause) {
      const known = windowKinds.join(', ');
      throw new Error(`expected none, or some of ${known} with their days, such as MONTH:1130,DAY:62`, {
        cause,
      });
    }
  },
};

const rankingOption: Option<RankingSettings> = {
  placeholder: 'RANKING',
  help: 'the setting ranking, such as ALL_TIME:100,DAY:off (default: all are ranked)',
  parse(text) {
    try {
      return parseRankingSettings(text);
    } catch (cause) {
      const known = rankedKinds.join(', ');
      throw new Error(`expected some of ${known} with on, off or a floor, such as ALL_TIME:100,DAY:off`, {
        cause,
      });
    }
  },
};

function number(placeholder: string, help: string, [min, max]: readonly [number, number]): Option<number> {
  return wholeNumberOption({ placeholder, help, min, max });
}

const MANY = 100_000_000_000;

export const options = {
  'favourites-per-day': number('N', 'marks a day', [1, MANY]),
  restaurants: number('N', 'restaurants that have favourites', [1, MANY]),
  windows: windowsOption,
  ranking: rankingOption,
  'batching-window': number(
    'SECONDS',
    `pipe.maximumBatchingWindowSeconds, 0 to 300 (default: ${pipe.maximumBatchingWindowSeconds})`,
    [0, 300],
  ),
  'batch-size': number('N', `pipe.batchSize, 1 to 10000 (default: ${pipe.batchSize})`, [1, 10_000]),
  lanes: number('N', `pipe.parallelizationFactor, 1 to 10 (default: ${pipe.parallelizationFactor})`, [1, 10]),
  'ranking-shards': number('N', `rankingShards, 1 to 200 (default: ${rankingShards})`, [1, 200]),
  unmarks: number('PERCENT', `un-marks for a hundred marks (default: ${UNMARKS_PERCENT})`, [0, 1_000]),
  'favourites-stored': number('N', 'favourites in the table (default: those of a year)', [0, 1_000 * MANY]),
  'stream-shards': number(
    'N',
    'open shards of the stream, which the doctor shows (default: by size)',
    [1, 1_000_000],
  ),
  json: flagOption('print everything as JSON, with more digits'),
};

/** @throws {InputError} naming the option that is missing or does not fit the others */
export function loadOf(values: OptionValues<typeof options>): Load {
  const favouritesPerDay = needed(values, 'favourites-per-day');
  const restaurants = needed(values, 'restaurants');
  const windows = values.windows ?? timeWindows;
  const ranked = values.ranking ?? ranking;
  const counted: readonly string[] = ['ALL_TIME', ...keptKinds(windows)];
  const stranger = Object.keys(ranked).find((kind) => !counted.includes(kind));
  if (stranger !== undefined) {
    throw new InputError(
      `--ranking names ${stranger}, but only ${counted.join(', ')} are counted; add it to --windows, or ` +
        'leave it out.',
    );
  }
  const unmarkShare = (values.unmarks ?? UNMARKS_PERCENT) / 100;
  const stored = Math.round(favouritesPerDay * Math.max(0, 1 - unmarkShare) * STORED_DAYS);
  return {
    favouritesPerDay,
    unmarkShare,
    restaurants,
    favouritesStored: values['favourites-stored'] ?? stored,
    streamShards: values['stream-shards'],
    timeWindows: windows,
    ranking: ranked,
    rankingShards: values['ranking-shards'] ?? rankingShards,
    batchingWindowSeconds: values['batching-window'] ?? pipe.maximumBatchingWindowSeconds,
    batchSize: values['batch-size'] ?? pipe.batchSize,
    parallelizationFactor: values.lanes ?? pipe.parallelizationFactor,
    memoryMegabytes: aggregator.memoryMegabytes,
    commitConcurrency,
  };
}

function needed(values: OptionValues<typeof options>, name: 'favourites-per-day' | 'restaurants'): number {
  const value = values[name];
  if (value !== undefined) return value;
  throw new InputError(
    `No --${name}: ${usageOf('cost')} --favourites-per-day N --restaurants N (--help explains more).`,
  );
}
