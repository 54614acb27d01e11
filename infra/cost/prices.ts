/**
 * Every price that the estimate uses: US dollars in us-east-1, without free tiers, volume discounts, savings
 * plans and taxes. We looked them up on the date below. AWS fills in most numbers of its pricing pages with a
 * script, so `from` says where we could read the number itself.
 */
export interface Price {
  readonly dollars: number;
  readonly per: string;
  /** The page of AWS that sets the price. */
  readonly page: string;
  readonly from: string;
}

export const pricesDate = '2026-11-27';
export const region = 'us-east-1';

const aws = 'https://aws.amazon.com';
const onDemand = `${aws}/dynamodb/pricing/on-demand/`;
const provisioned = `${aws}/dynamodb/pricing/provisioned/`;
const cloudWatch = `${aws}/cloudwatch/pricing/`;
const lambda = `${aws}/lambda/pricing/`;
const eventBridge = `${aws}/eventbridge/pricing/`;
const bridgeGuide = 'a guide of March 2026, https://cloudburn.io/blog/amazon-eventbridge-pricing';
const watchGuide =
  'a guide of June 2026, ' +
  'https://www.factualminds.com/blog/amazon-cloudwatch-pricing-metrics-logs-alarms-dashboards/';
const unconfirmed = 'not confirmed: we found it only in undated pages of others';

export const prices = {
  pipeRequest: {
    dollars: 0.4e-6,
    per: 'request: 64 KB of records that pass the filter',
    page: eventBridge,
    from: bridgeGuide,
  },
  lambdaRequest: {
    dollars: 0.2e-6,
    per: 'request of Lambda',
    page: lambda,
    from: 'a transcript of September 2026, https://github.com/api-evangelist/aws-lambda',
  },
  lambdaGbSecond: {
    dollars: 0.0000133334,
    per: 'GB-second on arm64, the first 7.5 billion a month',
    page: lambda,
    from: 'https://cloudchipr.com/blog/aws-lambda-pricing',
  },
  writeUnit: {
    dollars: 0.625e-6,
    per: 'write request unit, on demand',
    page: onDemand,
    from: 'https://airbyte.com/data-engineering-resources/dynamodb-pricing',
  },
  readUnit: {
    dollars: 0.125e-6,
    per: 'read request unit, on demand',
    page: onDemand,
    from: 'https://airbyte.com/data-engineering-resources/dynamodb-pricing',
  },
  writeCapacityHour: {
    dollars: 0.00065,
    per: 'write capacity unit and hour, provisioned',
    page: provisioned,
    from: unconfirmed,
  },
  storageGbMonth: {
    dollars: 0.25,
    per: 'GB-month in the standard table class',
    page: onDemand,
    from: 'an older copy of the page',
  },
  recoveryGbMonth: {
    dollars: 0.2,
    per: 'GB-month of point-in-time recovery, for the tables without their indexes',
    page: onDemand,
    from: unconfirmed,
  },
  streamRead: {
    dollars: 0.2e-6,
    per: 'GetRecords request of a reader that is neither Lambda nor a global table',
    page: onDemand,
    from: 'a bill of August 2026, https://github.com/estuary/connectors/issues/5135',
  },
  metricMonth: {
    dollars: 0.3,
    per: 'metric of our own and month',
    page: cloudWatch,
    from: 'an older copy of the page',
  },
  alarmMonth: {
    dollars: 0.1,
    per: 'metric of an alarm and month',
    page: cloudWatch,
    from: 'an older copy of the page',
  },
  dashboardMonth: { dollars: 3, per: 'dashboard and month', page: cloudWatch, from: watchGuide },
  logGb: {
    dollars: 0.5,
    per: 'GB of logs, when they are written',
    page: cloudWatch,
    from: watchGuide,
  },
  logStorageGbMonth: {
    dollars: 0.03,
    per: 'GB-month of kept logs, after compression',
    page: cloudWatch,
    from: unconfirmed,
  },
  stateTransition: {
    dollars: 0.025e-3,
    per: 'state transition, also in the children of a distributed map that are standard workflows',
    page: `${aws}/step-functions/pricing/`,
    from: 'an older copy of the page',
  },
  scheduledInvocation: {
    dollars: 1e-6,
    per: 'invocation by EventBridge Scheduler',
    page: eventBridge,
    from: bridgeGuide,
  },
  queueRequest: {
    dollars: 0.4e-6,
    per: 'request to a standard queue of SQS',
    page: `${aws}/sqs/pricing/`,
    from: 'https://cloudburn.io/blog/amazon-sqs-pricing',
  },
} as const satisfies Readonly<Record<string, Price>>;

/** A month of the estimate. */
export const DAYS_A_MONTH = 30;
export const SECONDS_A_DAY = 86_400;
export const SECONDS_A_MONTH = DAYS_A_MONTH * SECONDS_A_DAY;
/** The pages of AWS count storage in binary units. */
export const GB = 2 ** 30;
