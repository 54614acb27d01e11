/**
 * The settings that handlers read, each declared once, and which of them each handler reads. The stack takes them from
 * here (infra/settings/declarations.ts). A new one for a handler: declare it, and add it to the handler's list below.
 * `@__PURE__` lets esbuild leave a declaration out of the bundle of a handler that does not read it.
 */
import { pipe, rawTransform, string, transform, unknown } from 'valibot';
import { parseTimeWindowSettings, type TimeWindowSettings, windowKinds } from '../counting/time-window.ts';
import { type EnvironmentOf, oneOf, text, type Variable, wholeNumber } from './environment.ts';

/** The name or URL of a resource. */
const resource = {
  value: /* @__PURE__ */ text('a name or a URL', /./, { default: undefined }),
} satisfies Variable;

export const timeWindows = {
  path: 'timeWindows',
  value: /* @__PURE__ */ timeWindowsValue({ default: { MONTH: 1130, DAY: 62 } }),
  why:
    'What is counted beside ALL_TIME, and for how many days after its end: ' +
    'by default a month beside the same one of three years, and two whole months by day.',
} as const;
export const rankingShards = {
  path: 'rankingShards',
  value: /* @__PURE__ */ wholeNumber({ default: 10, min: 1, max: 200, unit: 'shards' }),
  why:
    'Each shard of the ranking index carries about 500 count changes a second for one window; ' +
    'each costs one query more per reading of the ranking.',
} as const;
export const commitConcurrency = {
  path: 'commitConcurrency',
  value: /* @__PURE__ */ wholeNumber({ default: 4, min: 1, max: 64, unit: 'transactions' }),
  why:
    'Under way at once in one invocation: four commit a batch of 1,000 well inside the timeout; ' +
    'more of them conflict more often with other lanes.',
} as const;
export const graceSeconds = {
  path: 'reconcile.graceSeconds',
  value: /* @__PURE__ */ wholeNumber({ default: 60, min: 0, max: 86_400, unit: 'seconds' }),
  why:
    'A difference counts as drift when it still stands after this time; ' +
    'a failed batch is tried again within a minute, and no run starts while the lag is longer.',
} as const;
export const leaseSeconds = {
  path: 'reconcile.leaseSeconds',
  value: /* @__PURE__ */ wholeNumber({ default: 3600, min: 60, max: 604_800, unit: 'seconds' }),
  why: 'A run that was aborted blocks the next one for at most this long: four redrives by default.',
} as const;
export const segmentMegabytes = {
  path: 'reconcile.segmentMegabytes',
  value: /* @__PURE__ */ wholeNumber({ default: 64, min: 1, max: 100_000, unit: 'MiB' }),
  why: 'A scan segment of 64 MiB is about 400,000 favourites, a minute’s work: a retried one repeats little.',
} as const;
export const segmentsMax = {
  path: 'reconcile.segmentsMax',
  value: /* @__PURE__ */ wholeNumber({ default: 20, min: 1, max: 100, unit: 'segments' }),
  why:
    'Segments of one table, and invocations at once, of the 1,000 that an account has by default; ' +
    '100 make payloads of 60 KB, of the 256 KB that Step Functions allows.',
} as const;
export const seedUnitsPerSecond = {
  path: 'reconcile.seedUnitsPerSecond',
  value: /* @__PURE__ */ wholeNumber({ default: 2000, min: 1, max: 1_000_000, unit: 'write units a second' }),
  why:
    'What mode seed may write, over all its segments: ' +
    'half of the 4,000 that a new on-demand table takes, so that live traffic keeps the other half.',
} as const;
export const secondReadingSeconds = {
  path: 'reconcile.secondReadingSeconds',
  value: /* @__PURE__ */ wholeNumber({ default: 10, min: 0, max: 300, unit: 'seconds' }),
  why:
    'The audit reads a difference again after this time, because a reader can see half a transaction ' +
    'for about a second.',
} as const;
export const holdSeconds = {
  path: 'reconcile.holdSeconds',
  value: /* @__PURE__ */ wholeNumber({ default: 10, min: 1, max: 10, unit: 'seconds' }),
  why:
    'The audit may stop the counts of a restaurant that does not hold still for this long; ' +
    'its events wait inside the pipe’s retries.',
} as const;
export const authorization = {
  path: 'api.authorization.kind',
  value: /* @__PURE__ */ oneOf({ default: 'IAM', options: ['IAM', 'JWT'] }),
  why:
    'IAM: signed requests of principals that may execute-api:Invoke, such as another service. ' +
    'JWT: tokens of an OpenID issuer; a user reaches only what belongs to the token’s sub. No endpoint is open.',
} as const;
export type ApiAuthorization = 'IAM' | 'JWT';
export const basePath = {
  path: 'api.basePath',
  value: /* @__PURE__ */ text('empty, or a path such as /v1', /^(\/[\w.~-]+)*$/, { default: '' }),
  why:
    'A custom domain with an API mapping leaves the key of the mapping, such as /v1, in front of every path. ' +
    'The API answers 404 to any path without it.',
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

/** As text `MONTH:400,DAY:forever`, as JSON `{ "MONTH": 400, "DAY": "forever" }`; neither keeps ALL_TIME alone. */
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
