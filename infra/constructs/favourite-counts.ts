/**
 * Counts the favourites of a DynamoDB table per restaurant and time window. The counts are exact under any
 * redelivery, and a reconcile repairs what was lost. docs/construct.md lists the properties, and
 * docs/adopt.md says how to adopt it.
 */
import { Stack } from 'aws-cdk-lib';
import type { Alarm, Dashboard } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { type IStateMachine, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { clientConfigOf } from '../../src/client/config.ts';
import { isDefaultSource } from '../../src/counting/source/source.ts';
import { formatRankingSettings } from '../../src/counting/ranking.ts';
import { formatTimeWindowSettings } from '../../src/counting/time-window.ts';
import { metricsServices } from '../../src/lambda/metrics.ts';
import { aggregatorVariables } from '../../src/lambda/settings.ts';
import { readProps } from '../settings/props.ts';
import { servedSettings } from '../settings/served.ts';
import type { Settings } from '../settings/settings.ts';
import { AggregationPipe } from './aggregation-pipe.ts';
import { checkTable } from './check-table.ts';
import { DeadLetterQueue } from './dead-letter-queue.ts';
import { type FavouriteCountsProps, readOwnProps } from './favourite-counts-props.ts';
import { FavouritesApi } from './favourites-api.ts';
import { FavouriteCountsMetrics } from './generated/favourite-counts-metrics.ts';
import { LambdaFunction } from './lambda-function.ts';
import { badName, defaultName, sameNames } from './names.ts';
import { Observability } from './observability.ts';
import { ReconcileFunctions, type ReconcileFunctionsProps } from './reconcile-functions.ts';
import { ReconcileSchedules } from './reconcile-schedules.ts';
import { ReconcileWorkflow } from './reconcile-workflow.ts';
import { Tables } from './tables.ts';

export { type FavouriteCountsProps, type FavouriteSource, readSourceFile } from './favourite-counts-props.ts';

export class FavouriteCounts extends FavouriteCountsMetrics {
  readonly name: string;
  /** The table whose rows are counted: yours, or the one that this construct created. */
  readonly favouritesTable: ITable;
  /** One row for each restaurant and time window. */
  readonly countsTable: ITable;
  /** What has been counted: one register for each favourite, with the id of its user. */
  readonly registersTable: ITable;
  /** Holds the lease, so that only one reconcile runs at a time. */
  readonly leaseTable: ITable;
  /** Records that could not be counted, with the reason; redrive tries them again. */
  readonly deadLetterQueue: IQueue;
  /** The reconcile workflow. Its input is `{ "mode": "seed" | "verify" | "repair" | "redrive" }`. */
  readonly stateMachine: IStateMachine;
  /**
   * What `favourite-counts/client` needs to know. Give it to your function as an environment variable:
   * `environment: { LIKES: likes.clientConfig }`.
   */
  readonly clientConfig: string;
  /** The URL of the HTTP API, undefined without the property `api`. */
  readonly apiUrl: string | undefined;
  readonly alarms: readonly Alarm[];
  readonly dashboard: Dashboard | undefined;
  readonly #tables: Tables;
  readonly #workflow: ReconcileWorkflow;
  readonly #isDefaultShape: boolean;
  readonly #issues: string[];

  constructor(scope: Construct, id: string, props?: FavouriteCountsProps) {
    super(scope, id);
    // JavaScript may also pass null.
    const given = props ?? {};
    const own = readOwnProps(given);
    const { settings, issues } = readProps(given, own.settings);
    const { source } = settings;
    this.#issues = [...own.issues, ...issues];
    const isSourceWrong = this.#issues.some((issue) => issue.startsWith('source'));
    this.#isDefaultShape = isDefaultSource(source);
    const name = given.name ?? defaultName(this);
    const nameIssues = badName(name);
    // A mistake does not throw here, so that the CDK reports all mistakes together.
    this.name = nameIssues.length === 0 ? name : defaultName(this);

    const { table: favourites } = own;
    const described = { source: isSourceWrong ? undefined : source, scope: this };
    this.node.addValidation({
      validate: () => [
        ...this.#issues,
        ...(favourites ? checkTable(favourites, described) : []),
        ...nameIssues,
        ...sameNames(this, FavouriteCounts),
      ],
    });

    const tables = new Tables(this, 'Tables', {
      settings: settings.tables,
      favourites,
      ...{ source, ranking: settings.ranking },
    });
    const deadLetters = new DeadLetterQueue(this, 'DeadLetters', {
      settings: settings.deadLetters,
      keepOnDelete: settings.tables.keepOnDelete,
    });
    const shared = {
      name: this.name,
      settings,
      tables,
      deadLetters,
      resources: resourcesOf(tables, deadLetters),
    };
    const aggregator = this.#aggregator(shared);
    const pipe = new AggregationPipe(this, 'Pipe', {
      ...{ name: this.name, tables, deadLetters, source, target: aggregator },
      settings: settings.pipe,
      logs: settings.logs,
    });
    const functions = new ReconcileFunctions(this, 'Reconcile', shared);
    const workflow = new ReconcileWorkflow(this, 'ReconcileWorkflow', {
      name: this.name,
      settings,
      functions,
    });
    new ReconcileSchedules(this, 'ReconcileSchedules', { workflow, settings: settings.reconcile });
    const api = settings.api.enabled ? new FavouritesApi(this, 'Api', shared) : undefined;
    const { alarms, dashboard } = new Observability(this, 'Observability', {
      ...{ name: this.name, tables, pipe, aggregator, deadLetters, workflow, api, settings },
      topic: own.topic,
    });

    this.#tables = tables;
    this.#workflow = workflow;
    this.favouritesTable = tables.favourites;
    this.countsTable = tables.aggregatedFavourites as ITable;
    this.registersTable = tables.countedFavourites as ITable;
    this.leaseTable = tables.reconcileLease as ITable;
    this.deadLetterQueue = deadLetters.queue;
    this.stateMachine = StateMachine.fromStateMachineArn(this, 'StateMachine', workflow.stateMachineArn);
    this.clientConfig = this.#clientConfig(settings);
    this.apiUrl = api?.url;
    this.alarms = alarms;
    this.dashboard = dashboard;
  }

  /** Allows reading counts and the ranking through `favourite-counts/client`. */
  grantReadCounts(grantee: IGrantable): Grant {
    return this.#tables.grantReadCounts(grantee);
  }

  /**
   * Allows marking, un-marking and reading the favourites of users through `favourite-counts/client`. If the
   * table does not have the default shape, synthesis reports an error, because only your own code knows how
   * to write its rows.
   */
  grantMark(grantee: IGrantable): Grant {
    if (this.#isDefaultShape) return this.#tables.grantMark(grantee);
    const remedy = 'write its rows with your own code, and grant that with table.grantReadWriteData';
    this.#issues.push(`grantMark: the table has a shape of its own: ${remedy}`);
    return Grant.drop(grantee, '');
  }

  /** Allows starting the reconcile in any mode. */
  grantStartReconcile(grantee: IGrantable): Grant {
    return this.#workflow.grantStart(grantee);
  }

  #aggregator({ name, settings, tables, deadLetters, resources }: ReconcileFunctionsProps): LambdaFunction {
    const aggregator = new LambdaFunction(this, 'Aggregator', {
      description: 'Counts favourites: turns stream records into count transactions',
      service: metricsServices.aggregator,
      handler: 'aggregator',
      variables: aggregatorVariables,
      ...{ name, settings, resources },
      size: settings.aggregator,
      nodeOptions: YOUNG_GENERATION,
    });
    tables.grantCommit(aggregator);
    deadLetters.grantSend(aggregator);
    return aggregator;
  }

  #clientConfig(settings: Settings): string {
    const { ranking, rankingShards, timeWindows } = servedSettings(settings);
    const floors = formatRankingSettings(ranking);
    const config = clientConfigOf({
      countsTable: this.countsTable.tableName,
      ...(this.#isDefaultShape && { favouritesTable: this.favouritesTable.tableName }),
      rankingShards,
      ...(floors !== '' && { ranking: floors }),
      timeWindows: formatTimeWindowSettings(timeWindows),
      timeZone: settings.timeZone,
    });
    return Stack.of(this).toJsonString(config);
  }
}

/**
 * With V8’s own choice, a batch of 100 takes a third more CPU time in a small function, and batches of 1,000
 * take 260 MiB on a large machine (docs/adr/0025-memory-of-the-aggregator.md).
 */
const YOUNG_GENERATION = '--max-semi-space-size=8';

/** The names and ARNs that the functions read from their environment. */
function resourcesOf(tables: Tables, deadLetters: DeadLetterQueue): ReconcileFunctionsProps['resources'] {
  return {
    favouritesTable: tables.favourites.tableName,
    favouritesTableArn: tables.favourites.tableArn,
    favouritesStreamArn: tables.streamArn,
    countedFavouritesTable: tables.countedFavourites.tableName,
    aggregatedFavouritesTable: tables.aggregatedFavourites.tableName,
    reconcileLeaseTable: tables.reconcileLease.tableName,
    deadLetterQueueUrl: deadLetters.url,
  };
}
