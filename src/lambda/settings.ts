/**
 * The settings that handlers read, each declared once, and which of them each handler reads; the stack takes
 * them from here. To add one for a handler, declare it here and add it to the handler's list below.
 * `@__PURE__` lets esbuild leave a declaration out of the bundle of a handler that does not read it.
 */
import { pipe, rawTransform, string, transform, unknown } from 'valibot';
import { parseTimeWindowSettings, type TimeWindowSettings, windowKinds } from '../counting/time-window.ts';
import { type EnvironmentOf, oneOf, text, type Variable, wholeNumber } from './environment.ts';

/** The name or URL of a resource. */
const resource = {
  value: /* @__PURE__ */ text('a name or a URL', /./, { default: '' }),
} satisfies Variable;

/**
 * What is counted beside ALL_TIME, and for how many days after its end: by default a month beside the same
 * one of three years, and two whole months by day.
 */
export const timeWindows = {
  path: 'timeWindows',
  value: /* @__PURE__ */ timeWindowsValue({ default: { MONTH: 1130, DAY: 62 } }),
} as const;
/** Each carries about 500 count changes a second for one window, and costs a query more per ranking. */
export const rankingShards = {
  path: 'rankingShards',
  value: /* @__PURE__ */ wholeNumber({ default: 10, min: 1, max: 200, unit: 'shards' }),
} as const;
/** Under way at once in one invocation: four commit 1,000 records in time; more conflict more often. */
export const commitConcurrency = {
  path: 'commitConcurrency',
  value: /* @__PURE__ */ wholeNumber({ default: 4, min: 1, max: 64, unit: 'transactions' }),
} as const;
/**
 * A difference that outlasts it is drift. A failed batch is retried within a minute; no run starts while
 * the lag exceeds it.
 */
export const graceSeconds = {
  path: 'reconcile.graceSeconds',
  value: /* @__PURE__ */ wholeNumber({ default: 60, min: 0, max: 86_400, unit: 'seconds' }),
} as const;
/** A run that was aborted blocks the next one for at most this long: four redrives by default. */
export const leaseSeconds = {
  path: 'reconcile.leaseSeconds',
  value: /* @__PURE__ */ wholeNumber({ default: 3600, min: 60, max: 604_800, unit: 'seconds' }),
} as const;
/** A scan segment of 64 MiB is about 400,000 favourites, a minute’s work: a retried one repeats little. */
export const segmentMegabytes = {
  path: 'reconcile.segmentMegabytes',
  value: /* @__PURE__ */ wholeNumber({ default: 64, min: 1, max: 100_000, unit: 'MiB' }),
} as const;
/** Of one table, each worked on by an invocation; 100 make payloads of 60 KB, of the 256 KB allowed. */
export const segmentsMax = {
  path: 'reconcile.segmentsMax',
  value: /* @__PURE__ */ wholeNumber({ default: 20, min: 1, max: 100, unit: 'segments' }),
} as const;
/** What mode seed may write: half of what a new on-demand table takes; live traffic keeps the rest. */
export const seedUnitsPerSecond = {
  path: 'reconcile.seedUnitsPerSecond',
  value: /* @__PURE__ */ wholeNumber({ default: 2000, min: 1, max: 1_000_000, unit: 'write units a second' }),
} as const;
/** The audit reads a difference again after this time: half a transaction is visible for about a second. */
export const secondReadingSeconds = {
  path: 'reconcile.secondReadingSeconds',
  value: /* @__PURE__ */ wholeNumber({ default: 10, min: 0, max: 300, unit: 'seconds' }),
} as const;
/** For how long the audit may stop the counts of a restaurant; its events wait inside the pipe’s retries. */
export const holdSeconds = {
  path: 'reconcile.holdSeconds',
  value: /* @__PURE__ */ wholeNumber({ default: 10, min: 1, max: 10, unit: 'seconds' }),
} as const;
/**
 * IAM: signed requests of principals that may execute-api:Invoke, such as another service. JWT: tokens of
 * an OpenID issuer; a user reaches only what belongs to the token’s sub. No endpoint is open.
 */
export const authorization = {
  path: 'api.authorization.kind',
  value: /* @__PURE__ */ oneOf({ default: 'IAM', options: ['IAM', 'JWT'] }),
} as const;
/**
 * A custom domain with an API mapping leaves the key of the mapping, such as /v1, in front of every path. The
 * API answers 404 to any path without it.
 */
export const basePath = {
  path: 'api.basePath',
  value: /* @__PURE__ */ text('empty, or a path such as /v1', /^(\/[\w.~-]+)*$/, { default: '' }),
} as const;

export const aggregatorVariables = /* @__PURE__ */ withCommit({ deadLetterQueueUrl: resource });
export const planVariables = {
  favouritesTable: resource,
  countedFavouritesTable: resource,
  aggregatedFavouritesTable: resource,
  reconcileLeaseTable: resource,
  graceSeconds,
  leaseSeconds,
  segmentMegabytes,
  segmentsMax,
};
/** Redrive applies records through the aggregator's code. */
export const redriveVariables = aggregatorVariables;
export const healVariables = /* @__PURE__ */ withCommit({ favouritesTable: resource, seedUnitsPerSecond });
export const auditVariables = /* @__PURE__ */ withCommit({ secondReadingSeconds, holdSeconds });
export const reportVariables = { reconcileLeaseTable: resource };
/** The time windows are those that it serves, and the shards those that it reads. */
export const apiVariables = {
  favouritesTable: resource,
  aggregatedFavouritesTable: resource,
  timeWindows,
  rankingShards,
  authorization,
  basePath,
};

export type ApiAuthorization = 'IAM' | 'JWT';
export type AuditEnvironment = EnvironmentOf<typeof auditVariables>;
export type ApiEnvironment = EnvironmentOf<typeof apiVariables>;

/** A handler's own variables, and those that every commit takes. */
function withCommit<V>(own: V) {
  return {
    countedFavouritesTable: resource,
    aggregatedFavouritesTable: resource,
    timeWindows,
    rankingShards,
    commitConcurrency,
    ...own,
  };
}

/** As text `MONTH:400,DAY:forever`, as JSON `{ "MONTH": 400, "DAY": "forever" }`. */
function timeWindowsValue(defaults: { readonly default: TimeWindowSettings }) {
  return {
    schema: pipe(
      unknown(),
      transform((given) =>
        typeof given === 'object' && given !== null
          ? Object.entries(given)
              .map((entry) => entry.join(':'))
              .join()
          : given,
      ),
      string(),
      rawTransform<string, TimeWindowSettings>(({ dataset, addIssue, NEVER }) => {
        try {
          return parseTimeWindowSettings(dataset.value);
        } catch {
          addIssue();
          return NEVER;
        }
      }),
    ),
    expected: `kinds of ${windowKinds.join(', ')} with their days, such as MONTH:400,DAY:forever`,
    ...defaults,
  };
}
