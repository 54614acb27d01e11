/**
 * The settings that handlers read, each declared once, and a list of those that each handler reads. The stack
 * uses these declarations too. To add a setting, declare it here and add it to the handler's list below.
 * `@__PURE__` lets esbuild leave a declaration out of the bundle of a handler that does not read it.
 */
import { custom, pipe, rawTransform, string, transform, unknown } from 'valibot';
import { parseTimeWindowSettings, type TimeWindowSettings, windowKinds } from '../counting/time-window.ts';
import { createMapping } from '../counting/mapping.ts';
import { parseRankingSettings, rankedKinds, type RankingSettings } from '../counting/ranking.ts';
import { isTimeZone, UTC } from '../counting/time-zone.ts';
import { defaultSource, type Source } from '../counting/source/source.ts';
import { type EnvironmentOf, fromText, oneOf, text, type Variable, wholeNumber } from './environment.ts';

/** The name, URL or ARN of a resource. */
const resource = {
  value: /* @__PURE__ */ text('a name, a URL or an ARN', /./, { default: '' }),
} satisfies Variable;

/**
 * How the rows of Favourites are read: their key, the restaurant, the date, and whether they count. A text is
 * the JSON itself or the path of a file with it. docs/source.md shows ten shapes. Without this setting, the
 * rows have the shape of the table that the stack creates.
 */
export const source = {
  path: 'source',
  value: /* @__PURE__ */ sourceValue({ default: defaultSource }),
} as const;
/**
 * The kinds of windows to count beside ALL_TIME, and for how many days after its end to keep each window. By
 * default a month is kept long enough to compare it with the same month of the three years before, and a day
 * for two whole months.
 */
export const timeWindows = {
  path: 'timeWindows',
  value: /* @__PURE__ */ timeWindowsValue({ default: { MONTH: 1130, DAY: 62 } }),
} as const;
/**
 * The time zone of the windows: a day, week, month or year is the local one. The page Operations says how to
 * change it.
 */
export const timeZone = {
  path: 'timeZone',
  value: {
    .../* @__PURE__ */ text('an IANA time zone such as Europe/London', isTimeZone, { default: UTC }),
    ifUnset: UTC,
  },
} as const;
/**
 * Each shard takes about 500 count changes a second for one window, and costs one more query for each page
 * of the ranking.
 */
export const rankingShards = {
  path: 'rankingShards',
  value: /* @__PURE__ */ wholeNumber({ default: 10, min: 1, max: 200, unit: 'shards' }),
} as const;
/**
 * For each kind of window: `on` ranks all restaurants, `off` none, and a number those with at least so many
 * favourites. A row that is not ranked has no index entry, which saves about half of its write units. A kind
 * that is left out is on. The page Operations says how to change it.
 */
export const ranking = {
  path: 'ranking',
  value: /* @__PURE__ */ rankingValue({ default: {} }),
} as const;
/**
 * How many transactions one invocation sends at once. With four, 1,000 records commit in time; more would
 * conflict more often.
 */
export const commitConcurrency = {
  path: 'commitConcurrency',
  value: /* @__PURE__ */ wholeNumber({ default: 4, min: 1, max: 64, unit: 'transactions' }),
} as const;
/**
 * A difference that lasts longer than this is drift. The pipe retries a failed batch within a minute. No
 * repair and no verify starts while the lag exceeds the grace period.
 */
export const graceSeconds = {
  path: 'reconcile.graceSeconds',
  value: /* @__PURE__ */ wholeNumber({ default: 60, min: 0, max: 86_400, unit: 'seconds' }),
} as const;
/** An aborted run blocks the next one for at most this long. The default is four intervals of redrive. */
export const leaseSeconds = {
  path: 'reconcile.leaseSeconds',
  value: /* @__PURE__ */ wholeNumber({ default: 3600, min: 60, max: 604_800, unit: 'seconds' }),
} as const;
/**
 * The size of a scan segment. 64 MiB are about 400,000 favourites, or a minute’s work, so a retry repeats
 * little.
 */
export const segmentMegabytes = {
  path: 'reconcile.segmentMegabytes',
  value: /* @__PURE__ */ wholeNumber({ default: 64, min: 1, max: 100_000, unit: 'MiB' }),
} as const;
/**
 * How many segments of one table a run works on, each in its own invocation. With 100, a payload takes at
 * most 200 KB of the 256 KB allowed.
 */
export const segmentsMax = {
  path: 'reconcile.segmentsMax',
  value: /* @__PURE__ */ wholeNumber({ default: 20, min: 1, max: 100, unit: 'segments' }),
} as const;
/**
 * A repair that would take more than this share of the counted favourites out of the counts, and more than
 * 100 of them, stops before it writes. So a wrong setting or a wrong table cannot erase the counts.
 */
export const uncountsMaxPercent = {
  path: 'reconcile.uncountsMaxPercent',
  value: /* @__PURE__ */ wholeNumber({ default: 20, min: 1, max: 100, unit: 'percent' }),
} as const;
/**
 * How fast mode seed may write. The default is half of the write capacity of a new on-demand table; the rest
 * is for live traffic.
 */
export const seedUnitsPerSecond = {
  path: 'reconcile.seedUnitsPerSecond',
  value: /* @__PURE__ */ wholeNumber({ default: 2000, min: 1, max: 1_000_000, unit: 'write units a second' }),
} as const;
/**
 * The audit reads a difference again after this time, because a transaction is half visible for about a
 * second.
 */
export const secondReadingSeconds = {
  path: 'reconcile.secondReadingSeconds',
  value: /* @__PURE__ */ wholeNumber({ default: 10, min: 0, max: 300, unit: 'seconds' }),
} as const;
/** How long the audit may hold one restaurant. The pipe retries its events meanwhile. */
export const holdSeconds = {
  path: 'reconcile.holdSeconds',
  value: /* @__PURE__ */ wholeNumber({ default: 10, min: 1, max: 10, unit: 'seconds' }),
} as const;
/**
 * IAM: a request must be signed by a principal that has execute-api:Invoke, such as another service. JWT: a
 * request carries a token of an OpenID issuer, and a user can access only the favourites of the token’s sub.
 * No endpoint is public.
 */
export const authorization = {
  path: 'api.authorization.kind',
  value: /* @__PURE__ */ oneOf({ default: 'IAM', options: ['IAM', 'JWT'] }),
} as const;
/**
 * A custom domain with an API mapping puts the mapping’s key, such as /v1, in front of every path. The API
 * answers 404 to any path without it.
 */
export const basePath = {
  path: 'api.basePath',
  value: /* @__PURE__ */ text('empty, or a path such as /v1', /^(\/[\w.~-]+)*$/, { default: '' }),
} as const;

export const aggregatorVariables = /* @__PURE__ */ withCommit({ source, deadLetterQueueUrl: resource });
export const planVariables = {
  source,
  favouritesTable: resource,
  favouritesStreamArn: resource,
  countedFavouritesTable: resource,
  aggregatedFavouritesTable: resource,
  reconcileLeaseTable: resource,
  graceSeconds,
  leaseSeconds,
  segmentMegabytes,
  segmentsMax,
};
/** Redrive applies records through the aggregator's code, and then looks at their rows. */
export const redriveVariables = {
  ...aggregatorVariables,
  favouritesTable: resource,
  favouritesTableArn: resource,
};
export const digestVariables = {
  source,
  favouritesTable: resource,
  countedFavouritesTable: resource,
  reconcileLeaseTable: resource,
  timeZone,
};
export const healVariables = /* @__PURE__ */ withCommit({
  source,
  favouritesTable: resource,
  reconcileLeaseTable: resource,
  seedUnitsPerSecond,
});
export const decideVariables = { source, favouritesTable: resource, uncountsMaxPercent };
export const auditVariables = /* @__PURE__ */ withCommit({ secondReadingSeconds, holdSeconds });
export const reportVariables = { reconcileLeaseTable: resource };
/**
 * `timeWindows` has the kinds that the API serves, `rankingShards` is how many shards it reads, and `ranking`
 * has the higher of two floors while it changes.
 */
export const apiVariables = {
  source,
  favouritesTable: resource,
  aggregatedFavouritesTable: resource,
  timeWindows,
  timeZone,
  rankingShards,
  ranking,
  authorization,
  basePath,
};

export type ApiAuthorization = 'IAM' | 'JWT';
export type ApiEnvironment = EnvironmentOf<typeof apiVariables>;

/** The variables that every handler that commits needs, and the handler's own. */
function withCommit<V>(own: V) {
  return {
    countedFavouritesTable: resource,
    aggregatedFavouritesTable: resource,
    timeWindows,
    timeZone,
    rankingShards,
    ranking,
    commitConcurrency,
    ...own,
  };
}

/** As text `MONTH:400,DAY:forever`, as JSON `{ "MONTH": 400, "DAY": "forever" }`. */
function timeWindowsValue(defaults: { readonly default: TimeWindowSettings }) {
  return {
    schema: parsedEntries(parseTimeWindowSettings),
    expected: `some of ${windowKinds.join(', ')}, each with its days, such as MONTH:400,DAY:forever`,
    ...defaults,
  };
}

/** As text `ALL_TIME:100,DAY:off`, as JSON `{ "ALL_TIME": 100, "DAY": "off" }`. */
function rankingValue(defaults: { readonly default: RankingSettings }) {
  return {
    schema: parsedEntries(parseRankingSettings),
    expected:
      `some of ${rankedKinds.join(', ')}, each with on, off or the number of favourites that a ranked ` +
      'restaurant has at least, such as ALL_TIME:100,DAY:off',
    ifUnset: defaults.default,
    ...defaults,
  };
}

/** @param parse throws if the text is wrong */
function parsedEntries<T>(parse: (text: string) => T) {
  return pipe(
    entriesAsText(),
    string(),
    rawTransform<string, T>(({ dataset, addIssue, NEVER }) => {
      try {
        return parse(dataset.value);
      } catch {
        addIssue();
        return NEVER;
      }
    }),
  );
}

/** An object as `NAME:value,NAME:value`; anything else stays as it is. */
function entriesAsText() {
  return pipe(
    unknown(),
    transform((given) =>
      typeof given === 'object' && given !== null
        ? Object.entries(given)
            .map((entry) => entry.join(':'))
            .join()
        : given,
    ),
  );
}

/** As JSON text, which the stack has checked (infra/settings/read-source.ts). */
function sourceValue(defaults: { readonly default: Source }) {
  const readJson = (json: string): unknown => {
    try {
      return createMapping(JSON.parse(json) as Source, UTC).source;
    } catch {
      return undefined;
    }
  };
  return {
    schema: pipe(
      fromText(readJson),
      custom<Source>((given) => typeof given === 'object'),
    ),
    expected: 'the description of a table as JSON, see docs/source.md',
    ifUnset: defaults.default,
    ...defaults,
  };
}
