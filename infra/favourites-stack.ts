/** The stack of a stage: its parts, and what each part may do to the others. */
import { join } from 'node:path';
import { CfnOutput, DefaultStackSynthesizer, type IStackSynthesizer, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { metricsServices } from '../src/lambda/metrics.ts';
import { aggregatorVariables } from '../src/lambda/settings.ts';
import { AggregationPipe } from './constructs/aggregation-pipe.ts';
import { DeadLetterQueue } from './constructs/dead-letter-queue.ts';
import { FavouritesApi } from './constructs/favourites-api.ts';
import { LambdaFunction } from './constructs/lambda-function.ts';
import { Observability } from './constructs/observability.ts';
import { ReconcileFunctions, type ReconcileFunctionsProps } from './constructs/reconcile-functions.ts';
import { ReconcileSchedules } from './constructs/reconcile-schedules.ts';
import { ReconcileWorkflow } from './constructs/reconcile-workflow.ts';
import { Tables } from './constructs/tables.ts';
import type { Settings } from './settings/settings.ts';

export interface FavouritesStackProps {
  readonly settings: Settings;
  /** Absolute path of the aggregator's module; by default the one in src. */
  readonly aggregatorEntry?: string;
}

const repositoryRoot = join(import.meta.dirname, '..');

export class FavouritesStack extends Stack {
  readonly pipe: AggregationPipe;

  constructor(scope: Construct, { settings, aggregatorEntry }: FavouritesStackProps) {
    super(scope, settings.stackName, {
      description: 'Exact favourite counts from a DynamoDB stream, per restaurant and time window',
      // The CLI reads the bootstrap version from the manifest and checks it; a rule in the template would
      // repeat that.
      synthesizer: new DefaultStackSynthesizer({ generateBootstrapVersionRule: false }) as IStackSynthesizer,
      analyticsReporting: false,
    });

    const tables = new Tables(this, 'Tables', {
      settings: settings.tables,
      existingFavourites: settings.existingFavourites,
      source: settings.source,
    });
    const deadLetters = new DeadLetterQueue(this, 'DeadLetters', {
      settings: settings.deadLetters,
      keepOnDelete: settings.tables.keepOnDelete,
    });

    const resources = {
      favouritesTable: tables.favourites.tableName,
      favouritesTableArn: tables.favourites.tableArn,
      favouritesStreamArn: tables.favourites.streamArn,
      countedFavouritesTable: tables.countedFavourites.tableName,
      aggregatedFavouritesTable: tables.aggregatedFavourites.tableName,
      reconcileLeaseTable: tables.reconcileLease.tableName,
      deadLetterQueueUrl: deadLetters.url,
    };
    const shared = { settings, tables, deadLetters, resources };
    const aggregator = this.#aggregator(shared, aggregatorEntry);
    this.pipe = new AggregationPipe(this, 'Pipe', {
      tables,
      target: aggregator,
      deadLetters,
      settings: settings.pipe,
      source: settings.source,
      logs: settings.logs,
    });

    const workflow = new ReconcileWorkflow(this, 'ReconcileWorkflow', {
      settings,
      functions: new ReconcileFunctions(this, 'Reconcile', shared),
    });
    new ReconcileSchedules(this, 'ReconcileSchedules', { workflow, settings: settings.reconcile });

    const api = settings.api.enabled ? new FavouritesApi(this, 'Api', shared) : undefined;

    new Observability(this, 'Observability', {
      ...{ tables, pipe: this.pipe, aggregator, deadLetters, workflow, api },
      settings: settings.alarms,
    });

    const outputs = {
      FavouritesTableName: tables.favourites.tableName,
      FavouritesStreamArn: tables.favourites.streamArn,
      CountedFavouritesTableName: tables.countedFavourites.tableName,
      AggregatedFavouritesTableName: tables.aggregatedFavourites.tableName,
      DeadLetterQueueUrl: deadLetters.url,
      ReconcileStateMachineArn: workflow.stateMachineArn,
      ReconcileLeaseTableName: tables.reconcileLease.tableName,
      ...(api && { ApiUrl: api.url }),
    };
    for (const [name, value] of Object.entries(outputs)) new CfnOutput(this, name, { value });
  }

  #aggregator(
    { settings, tables, deadLetters, resources }: ReconcileFunctionsProps,
    entry = join(repositoryRoot, 'src/aggregator/handler.ts'),
  ): LambdaFunction {
    const aggregator = new LambdaFunction(this, 'Aggregator', {
      description: 'Counts favourites: turns stream records into count transactions',
      service: metricsServices.aggregator,
      entry,
      variables: aggregatorVariables,
      settings,
      resources,
      size: settings.aggregator,
    });
    tables.grantCommit(aggregator);
    deadLetters.grantSend(aggregator);
    return aggregator;
  }
}
