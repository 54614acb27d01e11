/**
 * The three tables, and the lease of the reconcile. Whoever commits counts may write them only inside a
 * transaction: a register and the counts that it moves change together or not at all (I1, by IAM). Favourites
 * is written by the application alone, which here is the API.
 */
import { RemovalPolicy } from 'aws-cdk-lib';
import {
  AttributeType,
  BillingMode,
  ProjectionType,
  StreamViewType,
  Table,
  type TableProps,
} from 'aws-cdk-lib/aws-dynamodb';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import {
  aggregatedFavouritesTable,
  countedFavouritesTable,
  favouritesTable,
  reconcileLeaseTable,
} from '../../src/tables/schema.ts';
import type { Settings } from '../settings/settings.ts';
import { acknowledgeWildcard } from './acknowledge-wildcard.ts';

export interface TablesProps {
  readonly settings: Settings['tables'];
  readonly existingFavourites: Settings['existingFavourites'];
}

/** The table that the application writes, and the pipeline only ever reads. */
export interface FavouritesSource {
  readonly tableName: string;
  readonly tableArn: string;
  readonly streamArn: string;
}

/** A table as operators know it. */
export interface NamedTable {
  readonly name: string;
  readonly tableName: string;
  readonly indexNames: readonly string[];
}

type CountTable = 'favourites' | 'countedFavourites' | 'aggregatedFavourites';
type ReadAction = 'BatchGetItem' | 'DescribeTable' | 'GetItem' | 'Query' | 'Scan';

export class Tables extends Construct {
  readonly favourites: FavouritesSource;
  readonly countedFavourites: Table;
  readonly aggregatedFavourites: Table;
  readonly reconcileLease: Table;

  constructor(scope: Construct, id: string, { settings, existingFavourites }: TablesProps) {
    super(scope, id);
    const common = commonProps(settings);
    this.favourites = importFavourites(this, existingFavourites) ?? createFavourites(this, common);

    this.countedFavourites = new Table(this, 'CountedFavourites', {
      ...common,
      partitionKey: text(countedFavouritesTable.partitionKey),
      sortKey: text(countedFavouritesTable.sortKey),
      timeToLiveAttribute: countedFavouritesTable.expiresAt,
    });
    this.aggregatedFavourites = new Table(this, 'AggregatedFavourites', {
      ...common,
      partitionKey: text(aggregatedFavouritesTable.partitionKey),
      sortKey: text(aggregatedFavouritesTable.sortKey),
      timeToLiveAttribute: aggregatedFavouritesTable.expiresAt,
    });
    const ranking = aggregatedFavouritesTable.rankingIndex;
    this.aggregatedFavourites.addGlobalSecondaryIndex({
      indexName: ranking.name,
      partitionKey: text(ranking.partitionKey),
      sortKey: { name: ranking.sortKey, type: AttributeType.NUMBER },
      // A count change is two index writes; anything projected beside the keys would only make them dearer.
      projectionType: ProjectionType.KEYS_ONLY,
    });

    this.reconcileLease = new Table(this, 'ReconcileLease', {
      ...common,
      partitionKey: text(reconcileLeaseTable.partitionKey),
      timeToLiveAttribute: reconcileLeaseTable.expiresAt,
    });
  }

  /** Every table that is written or read, by what it is called in the docs, and its indexes. */
  get all(): readonly NamedTable[] {
    const { favourites, countedFavourites, aggregatedFavourites, reconcileLease } = this;
    return [
      { name: 'Favourites', ...favourites, indexNames: [favouritesTable.byUserIndex.name] },
      { name: 'CountedFavourites', tableName: countedFavourites.tableName, indexNames: [] },
      {
        name: 'AggregatedFavourites',
        tableName: aggregatedFavourites.tableName,
        indexNames: [aggregatedFavouritesTable.rankingIndex.name],
      },
      { name: 'ReconcileLease', tableName: reconcileLease.tableName, indexNames: [] },
    ];
  }

  /** The actions of the commit, each inside TransactWriteItems only, and no read. */
  grantCommit(grantee: IGrantable): void {
    grantInTransaction(grantee, this.countedFavourites, ['dynamodb:PutItem']);
    grantInTransaction(grantee, this.aggregatedFavourites, ['dynamodb:UpdateItem']);
  }

  /** What a user does: mark and un-mark. For the API alone; no part of the pipeline may. */
  grantMark(grantee: IGrantable): void {
    Grant.addToPrincipal({
      grantee,
      actions: ['dynamodb:DeleteItem', 'dynamodb:PutItem'],
      resourceArns: [this.favourites.tableArn],
    });
  }

  /** Queries of one index, and not of its table. */
  grantQueryIndex(grantee: IGrantable, index: 'byUser' | 'ranking'): void {
    const [{ tableArn }, { name }] =
      index === 'byUser'
        ? [this.favourites, favouritesTable.byUserIndex]
        : [this.aggregatedFavourites, aggregatedFavouritesTable.rankingIndex];
    Grant.addToPrincipal({
      grantee,
      actions: ['dynamodb:Query'],
      resourceArns: [`${tableArn}/index/${name}`],
    });
  }

  /** The corrections of the audit: counts and nothing else, inside TransactWriteItems only. */
  grantCorrectCounts(grantee: IGrantable): void {
    grantInTransaction(grantee, this.aggregatedFavourites, [
      'dynamodb:ConditionCheckItem',
      'dynamodb:UpdateItem',
    ]);
  }

  /** Reads of a table itself, never of its indexes. */
  grantRead(grantee: IGrantable, table: CountTable, actions: readonly ReadAction[]): void {
    Grant.addToPrincipal({
      grantee,
      actions: actions.map((action) => `dynamodb:${action}`),
      resourceArns: [this[table].tableArn],
    });
  }

  grantTakeLease(grantee: IGrantable): void {
    const resourceArns = [this.reconcileLease.tableArn];
    Grant.addToPrincipal({ grantee, actions: ['dynamodb:PutItem'], resourceArns });
  }

  grantReleaseLease(grantee: IGrantable): void {
    const resourceArns = [this.reconcileLease.tableArn];
    Grant.addToPrincipal({ grantee, actions: ['dynamodb:DeleteItem'], resourceArns });
  }

  /** What a poller of the stream of Favourites needs; never the table itself. */
  grantReadStream(grantee: IGrantable): void {
    Grant.addToPrincipal({
      grantee,
      actions: [
        'dynamodb:DescribeStream',
        'dynamodb:GetRecords',
        'dynamodb:GetShardIterator',
        'dynamodb:ListStreams',
      ],
      resourceArns: [this.favourites.streamArn],
    });
  }

  /**
   * To read ranges again, also of the stream before: its records can be read for a day after it was disabled.
   */
  grantRereadStreams(grantee: Construct & IGrantable): void {
    const streams = `${this.favourites.tableArn}/stream/*`;
    Grant.addToPrincipal({
      grantee,
      actions: ['dynamodb:GetRecords', 'dynamodb:GetShardIterator'],
      resourceArns: [streams],
    });
    acknowledgeWildcard(grantee, { arn: streams, reason: 'Streams of one table, to be read only.' });
  }
}

function grantInTransaction(grantee: IGrantable, table: Table, actions: string[]): void {
  Grant.addToPrincipal({
    grantee,
    actions,
    resourceArns: [table.tableArn],
    // AWS documents this key with ForAnyValue; a request outside a transaction has no such value, and is
    // refused.
    conditions: { 'ForAnyValue:StringEquals': { 'dynamodb:EnclosingOperation': ['TransactWriteItems'] } },
  });
}

function commonProps({ deletionProtection, keepOnDelete }: Settings['tables']) {
  return {
    billingMode: BillingMode.PAY_PER_REQUEST,
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    deletionProtection,
    removalPolicy: keepOnDelete ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
  } satisfies Partial<TableProps>;
}

function createFavourites(scope: Construct, common: ReturnType<typeof commonProps>): FavouritesSource {
  const table = new Table(scope, 'Favourites', {
    ...common,
    partitionKey: text(favouritesTable.partitionKey),
    // An un-mark has only an old image, and its created_at says which windows it leaves.
    stream: StreamViewType.NEW_AND_OLD_IMAGES,
  });
  const byUser = favouritesTable.byUserIndex;
  table.addGlobalSecondaryIndex({
    indexName: byUser.name,
    partitionKey: text(byUser.partitionKey),
    sortKey: text(byUser.sortKey),
  });
  return { tableName: table.tableName, tableArn: table.tableArn, streamArn: streamArnOf(table) };
}

function importFavourites(
  scope: Construct,
  { tableArn, streamArn }: Settings['existingFavourites'],
): FavouritesSource | undefined {
  if (tableArn === undefined || streamArn === undefined) return undefined;
  const table = Table.fromTableAttributes(scope, 'Favourites', { tableArn, tableStreamArn: streamArn });
  return { tableName: table.tableName, tableArn, streamArn };
}

function streamArnOf(table: Table): string {
  if (table.tableStreamArn === undefined) throw new Error(`${table.node.path} was created without a stream`);
  return table.tableStreamArn;
}

function text(name: string) {
  return { name, type: AttributeType.STRING };
}
