/**
 * The five functions of the reconcile, each with what its stage needs and no more. Whoever corrects may write inside
 * transactions only (I1); nobody writes Favourites, and the audit does not even read it.
 */
import { join } from 'node:path';
import { Construct } from 'constructs';
import { environmentNames } from '../../src/lambda/environment.ts';
import type { Settings } from '../settings/settings.ts';
import type { DeadLetterQueue } from './dead-letter-queue.ts';
import { LambdaFunction } from './lambda-function.ts';
import type { Tables } from './tables.ts';

export interface ReconcileFunctionsProps {
  readonly settings: Settings;
  readonly tables: Tables;
  readonly deadLetters: DeadLetterQueue;
  /** What a commit needs to know: its tables and the settings of the counts. */
  readonly commitEnvironment: Readonly<Record<string, string>>;
}

const handlers = join(import.meta.dirname, '../../src/reconcile');

export class ReconcileFunctions extends Construct {
  readonly plan: LambdaFunction;
  readonly redrive: LambdaFunction;
  readonly heal: LambdaFunction;
  readonly audit: LambdaFunction;
  readonly report: LambdaFunction;
  readonly #settings: Settings;

  constructor(scope: Construct, id: string, props: ReconcileFunctionsProps) {
    super(scope, id);
    this.#settings = props.settings;
    this.plan = this.#plan(props);
    this.redrive = this.#redrive(props);
    this.heal = this.#heal(props);
    this.audit = this.#audit(props);
    this.report = this.#report(props);
  }

  #plan({ tables, settings: { reconcile } }: ReconcileFunctionsProps): LambdaFunction {
    const plan = this.#function('plan', 'Takes the lease and cuts the tables into segments', {
      [environmentNames.favouritesTable]: tables.favourites.tableName,
      [environmentNames.countedFavouritesTable]: tables.countedFavourites.tableName,
      [environmentNames.aggregatedFavouritesTable]: tables.aggregatedFavourites.tableName,
      [environmentNames.reconcileLeaseTable]: tables.reconcileLease.tableName,
      [environmentNames.reconcileGraceSeconds]: String(reconcile.graceSeconds),
      [environmentNames.reconcileLeaseSeconds]: String(reconcile.leaseSeconds),
      [environmentNames.scanSegmentMegabytes]: String(reconcile.segmentMegabytes),
      [environmentNames.reconcileSegmentsMax]: String(reconcile.segmentsMax),
    });
    for (const table of ['favourites', 'countedFavourites', 'aggregatedFavourites'] as const) {
      tables.grantRead(plan, table, ['DescribeTable']);
    }
    tables.grantTakeLease(plan);
    return plan;
  }

  #redrive({ tables, deadLetters, commitEnvironment }: ReconcileFunctionsProps): LambdaFunction {
    const redrive = this.#function('redrive', 'Applies dead letters again, and deletes what is committed', {
      ...commitEnvironment,
      [environmentNames.deadLetterQueueUrl]: deadLetters.url,
    });
    tables.grantRereadStreams(redrive);
    tables.grantCommit(redrive);
    deadLetters.grantRedrive(redrive);
    return redrive;
  }

  #heal({ tables, commitEnvironment, settings: { reconcile } }: ReconcileFunctionsProps): LambdaFunction {
    const heal = this.#function('heal', 'Compares registers with favourites, and puts them right', {
      ...commitEnvironment,
      [environmentNames.favouritesTable]: tables.favourites.tableName,
      [environmentNames.seedUnitsPerSecond]: String(reconcile.seedUnitsPerSecond),
    });
    for (const table of ['favourites', 'countedFavourites'] as const) {
      tables.grantRead(heal, table, ['BatchGetItem', 'Scan']);
    }
    tables.grantCommit(heal);
    return heal;
  }

  #audit({ tables, commitEnvironment, settings: { reconcile } }: ReconcileFunctionsProps): LambdaFunction {
    const audit = this.#function('audit', 'Compares counts with registers, and puts them right', {
      ...commitEnvironment,
      [environmentNames.auditSecondReadingSeconds]: String(reconcile.secondReadingSeconds),
      [environmentNames.holdSeconds]: String(reconcile.holdSeconds),
    });
    tables.grantRead(audit, 'countedFavourites', ['Query', 'Scan']);
    tables.grantRead(audit, 'aggregatedFavourites', ['GetItem', 'Query', 'Scan']);
    tables.grantCorrectCounts(audit);
    return audit;
  }

  #report({ tables }: ReconcileFunctionsProps): LambdaFunction {
    const report = this.#function(
      'report',
      'Adds up what was found and corrected, and gives the lease back',
      {
        [environmentNames.reconcileLeaseTable]: tables.reconcileLease.tableName,
      },
    );
    tables.grantReleaseLease(report);
    return report;
  }

  #function(
    stage: 'plan' | 'redrive' | 'heal' | 'audit' | 'report',
    description: string,
    environment: Readonly<Record<string, string>>,
  ): LambdaFunction {
    const { reconcile, logs } = this.#settings;
    return new LambdaFunction(this, `${stage.charAt(0).toUpperCase()}${stage.slice(1)}`, {
      description: `Reconcile: ${description.charAt(0).toLowerCase()}${description.slice(1)}`,
      entry: join(handlers, `${stage}/handler.ts`),
      service: `reconcile-${stage}`,
      environment,
      settings: reconcile,
      logs,
    });
  }
}
