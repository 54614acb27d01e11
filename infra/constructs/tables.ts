/**
 * The four tables: Favourites, the registers, the counts, and the lease of the reconcile. IAM allows writes
 * of registers and counts only inside a transaction, so that both change or neither (I1). No part of the
 * stack but the API may write Favourites.
 */
import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import {
  AttributeType,
  BillingMode,
  type ITable,
  ProjectionType,
  StreamViewType,
  Table,
  type TableProps,
} from 'aws-cdk-lib/aws-dynamodb';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { hasFloor } from '../../src/counting/ranking.ts';
import { isDefaultSource } from '../../src/counting/source/source.ts';
import {
  aggregatedFavouritesTable,
  countedFavouritesTable,
  favouritesTable,
  reconcileLeaseTable,
} from '../../src/tables/schema.ts';
import type { Settings } from '../settings/settings.ts';
import { streamArnOf } from './check-table.ts';
import { allow } from './grants.ts';

export interface TablesProps {
  readonly settings: Settings['tables'];
  /** A table that exists already; without it, one is created. */
  readonly favourites: ITable | undefined;
  readonly source: Settings['source'];
  readonly ranking: Settings['ranking'];
}

type CountTable = 'favourites' | 'countedFavourites' | 'aggregatedFavourites';
type ReadAction = 'BatchGetItem' | 'DescribeTable' | 'GetItem' | 'Query' | 'Scan';
const { byUserIndex } = favouritesTable;
const { rankingIndex } = aggregatedFavouritesTable;

const dynamodb = (...actions: readonly string[]) => actions.map((action) => `dynamodb:${action}`);

/**
 * AWS documents this key with ForAnyValue. A request outside a transaction lacks the key, and IAM denies the
 * request.
 */
const insideTransaction = {
  'ForAnyValue:StringEquals': { 'dynamodb:EnclosingOperation': ['TransactWriteItems'] },
};

export class Tables extends Construct {
  /** The table that the application writes and the pipeline only reads. */
  readonly favourites: ITable;
  readonly streamArn: string;
  readonly countedFavourites: Table;
  readonly aggregatedFavourites: Table;
  readonly reconcileLease: Table;
  readonly #settings: Settings['tables'];
  readonly #source: Settings['source'];
  readonly #ranking: Settings['ranking'];

  constructor(scope: Construct, id: string, { settings, favourites, source, ranking }: TablesProps) {
    super(scope, id);
    this.#settings = settings;
    this.#source = source;
    this.#ranking = ranking;
    this.favourites = favourites ?? (this.#createFavourites() as ITable);
    // Synthesis refuses a table without a stream (favourite-counts.ts), so this ARN is never deployed.
    this.streamArn = streamArnOf(this.favourites) ?? `${this.favourites.tableArn}/stream/missing`;
    this.countedFavourites = this.#create('CountedFavourites', countedFavouritesTable);
    this.aggregatedFavourites = this.#create('AggregatedFavourites', aggregatedFavouritesTable);
    this.aggregatedFavourites.addGlobalSecondaryIndex({
      indexName: rankingIndex.name,
      partitionKey: text(rankingIndex.partitionKey),
      sortKey: { name: rankingIndex.sortKey, type: AttributeType.NUMBER },
      // A count change deletes one index entry and writes another, so entries should be small.
      projectionType: ProjectionType.KEYS_ONLY,
    });
    this.reconcileLease = this.#create('ReconcileLease', reconcileLeaseTable);
  }

  /** Every table with its name in the docs and its indexes. */
  get all() {
    const named = (name: string, { tableName }: Pick<ITable, 'tableName'>, ...indexNames: string[]) => ({
      name,
      tableName,
      indexNames,
    });
    return [
      named('Favourites', this.favourites, ...(isDefaultSource(this.#source) ? [byUserIndex.name] : [])),
      named('CountedFavourites', this.countedFavourites),
      named('AggregatedFavourites', this.aggregatedFavourites, rankingIndex.name),
      named('ReconcileLease', this.reconcileLease),
    ];
  }

  /** Allows the two actions of a commit. Only a ranking with a floor reads counts before it. */
  grantCommit(grantee: IGrantable): void {
    if (hasFloor(this.#ranking)) this.grantRead(grantee, 'aggregatedFavourites', ['BatchGetItem']);
    allow(grantee, this.countedFavourites.tableArn, dynamodb('PutItem'), insideTransaction);
    allow(grantee, this.aggregatedFavourites.tableArn, dynamodb('UpdateItem'), insideTransaction);
  }

  /** Allows the audit to correct counts, and nothing else. */
  grantCorrectCounts(grantee: IGrantable): void {
    const actions = dynamodb('ConditionCheckItem', 'UpdateItem');
    allow(grantee, this.aggregatedFavourites.tableArn, actions, insideTransaction);
  }

  /**
   * Allows mark, un-mark and reading the favourites of users. Only the API and the application get this,
   * never a part of the pipeline.
   */
  grantMark(grantee: IGrantable): Grant {
    const grant = allow(grantee, this.favourites.tableArn, dynamodb('DeleteItem', 'GetItem', 'PutItem'));
    return grant.combine(this.#grantQueryIndex(grantee, 'byUser'));
  }

  /** Allows reading counts and the ranking. */
  grantReadCounts(grantee: IGrantable): Grant {
    const grant = allow(grantee, this.aggregatedFavourites.tableArn, dynamodb('BatchGetItem'));
    return grant.combine(this.#grantQueryIndex(grantee, 'ranking'));
  }

  /** Allows reads of the table itself, not of its indexes. */
  grantRead(grantee: IGrantable, table: CountTable, actions: readonly ReadAction[]): void {
    allow(grantee, this[table].tableArn, dynamodb(...actions));
    // Describing a table reads none of its items.
    const readsItems = actions.some((action) => action !== 'DescribeTable');
    if (table === 'favourites' && readsItems) this.#grantDecrypt(grantee);
  }

  /** Allows taking the lease, and remembering which table is counted. */
  grantTakeLease(grantee: IGrantable): void {
    allow(grantee, this.reconcileLease.tableArn, dynamodb('GetItem', 'PutItem'));
  }

  /** Allows the items of the digests only, not the lease beside them. */
  grantSums(grantee: IGrantable, actions: readonly ('GetItem' | 'PutItem')[]): void {
    const ofDigests = {
      'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [`${reconcileLeaseTable.digestPrefix}*`] },
    };
    allow(grantee, this.reconcileLease.tableArn, dynamodb(...actions), ofDigests);
  }

  grantReleaseLease(grantee: IGrantable): void {
    allow(grantee, this.reconcileLease.tableArn, dynamodb('DeleteItem'));
  }

  /** Allows polling the stream, but not reading the table. */
  grantReadStream(grantee: IGrantable): void {
    const actions = dynamodb('DescribeStream', 'GetRecords', 'GetShardIterator', 'ListStreams');
    allow(grantee, this.streamArn, actions);
    this.#grantDecrypt(grantee);
  }

  /** Allows reading ranges again, also of the previous stream: a disabled stream is readable for a day. */
  grantRereadStreams(grantee: IGrantable): void {
    const arn = `${this.favourites.tableArn}/stream/*`;
    allow(grantee, arn, dynamodb('GetRecords', 'GetShardIterator'));
    this.#grantDecrypt(grantee);
  }

  /** Allows queries of one index, not of its table. */
  #grantQueryIndex(grantee: IGrantable, index: 'byUser' | 'ranking'): Grant {
    const [{ tableArn }, { name }] =
      index === 'byUser' ? [this.favourites, byUserIndex] : [this.aggregatedFavourites, rankingIndex];
    if (index === 'byUser') this.#grantDecrypt(grantee);
    return allow(grantee, `${tableArn}/index/${name}`, dynamodb('Query'));
  }

  /**
   * DynamoDB decrypts the table with the caller's permission. The condition `kms:ViaService` denies requests
   * that do not come through DynamoDB (DynamoDB guide, "Encryption at rest: usage notes").
   */
  #grantDecrypt(grantee: IGrantable): void {
    const { encryptionKey } = this.favourites;
    if (encryptionKey === undefined) return;
    const { region, urlSuffix } = Stack.of(this);
    const viaDynamoDb = { StringEquals: { 'kms:ViaService': `dynamodb.${region}.${urlSuffix}` } };
    allow(grantee, encryptionKey.keyArn, ['kms:Decrypt'], viaDynamoDb);
  }

  #create(
    id: string,
    keys: { readonly partitionKey: string; readonly sortKey?: string; readonly expiresAt?: string },
    props: Partial<TableProps> = {},
  ): Table {
    const { deletionProtection, keepOnDelete } = this.#settings;
    return new Table(this, id, {
      partitionKey: text(keys.partitionKey),
      ...(keys.sortKey && { sortKey: text(keys.sortKey) }),
      ...(keys.expiresAt && { timeToLiveAttribute: keys.expiresAt }),
      billingMode: BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection,
      removalPolicy: keepOnDelete ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
      ...props,
    });
  }

  #createFavourites(): Table {
    const [partitionKey, sortKey] = this.#source.key.map(({ name, type }) => ({
      name,
      type: type === 'N' ? AttributeType.NUMBER : AttributeType.STRING,
    }));
    if (partitionKey === undefined) throw new Error('the setting source has no key');
    const table = this.#create(
      'Favourites',
      { partitionKey: partitionKey.name },
      {
        partitionKey,
        ...(sortKey && { sortKey }),
        // The record of an un-mark has only an old image. Its created_at says which windows to subtract from.
        stream: StreamViewType.NEW_AND_OLD_IMAGES,
      },
    );
    // Only the API queries the index, and it knows only the default table.
    if (isDefaultSource(this.#source)) {
      table.addGlobalSecondaryIndex({
        indexName: byUserIndex.name,
        partitionKey: text(byUserIndex.partitionKey),
        sortKey: text(byUserIndex.sortKey),
      });
    }
    return table;
  }
}

function text(name: string) {
  return { name, type: AttributeType.STRING };
}
