/**
 * The seven functions of the reconcile, each with only the permissions that its stage needs. Those that
 * correct may write only inside transactions (I1). None of them may write Favourites, the audit may not even
 * read it, and decide may use no table at all.
 */
import { Construct } from 'constructs';
import {
  auditVariables,
  decideVariables,
  digestVariables,
  healVariables,
  planVariables,
  redriveVariables,
  reportVariables,
} from '../../src/lambda/settings.ts';
import type { Settings } from '../settings/settings.ts';
import type { DeadLetterQueue } from './dead-letter-queue.ts';
import { LambdaFunction } from './lambda-function.ts';
import type { Tables } from './tables.ts';

export interface ReconcileFunctionsProps {
  readonly name: string;
  readonly settings: Settings;
  readonly tables: Tables;
  readonly deadLetters: DeadLetterQueue;
  readonly resources: Readonly<Record<string, string>>;
}

const stages = {
  plan: {
    does: 'checks Favourites, takes the lease, cuts the tables into segments',
    variables: planVariables,
  },
  redrive: {
    does: 'applies dead letters, looks at their rows, and deletes the committed ones',
    variables: redriveVariables,
  },
  digest: {
    does: 'sums both tables, and names the cells that differ',
    variables: digestVariables,
  },
  heal: { does: 'compares registers with favourites, and corrects the registers', variables: healVariables },
  decide: { does: 'stops a run that finds too much drift', variables: decideVariables },
  audit: { does: 'compares counts with registers, and corrects the counts', variables: auditVariables },
  report: { does: 'adds up the results and releases the lease', variables: reportVariables },
};

export class ReconcileFunctions extends Construct {
  readonly plan: LambdaFunction;
  readonly redrive: LambdaFunction;
  readonly digest: LambdaFunction;
  readonly heal: LambdaFunction;
  readonly decide: LambdaFunction;
  readonly audit: LambdaFunction;
  readonly report: LambdaFunction;

  constructor(
    scope: Construct,
    id: string,
    { name, settings, tables, deadLetters, resources }: ReconcileFunctionsProps,
  ) {
    super(scope, id);
    const create = (stage: keyof typeof stages) =>
      new LambdaFunction(this, `${stage.charAt(0).toUpperCase()}${stage.slice(1)}`, {
        description: `Reconcile: ${stages[stage].does}`,
        handler: stage,
        name,
        service: `reconcile-${stage}`,
        variables: stages[stage].variables,
        settings,
        resources,
        size: settings.reconcile,
      });

    this.plan = create('plan');
    for (const table of ['favourites', 'countedFavourites', 'aggregatedFavourites'] as const) {
      tables.grantRead(this.plan, table, ['DescribeTable']);
    }
    tables.grantRead(this.plan, 'countedFavourites', ['Scan']);
    tables.grantTakeLease(this.plan);

    this.redrive = create('redrive');
    tables.grantRereadStreams(this.redrive);
    for (const table of ['favourites', 'countedFavourites'] as const) {
      tables.grantRead(this.redrive, table, ['BatchGetItem']);
    }
    tables.grantCommit(this.redrive);
    deadLetters.grantRedrive(this.redrive);

    this.digest = create('digest');
    for (const table of ['favourites', 'countedFavourites'] as const) {
      tables.grantRead(this.digest, table, ['Scan']);
    }
    tables.grantSums(this.digest, ['GetItem', 'PutItem']);

    this.heal = create('heal');
    for (const table of ['favourites', 'countedFavourites'] as const) {
      tables.grantRead(this.heal, table, ['BatchGetItem', 'Scan']);
    }
    tables.grantSums(this.heal, ['GetItem']);
    tables.grantCommit(this.heal);

    this.decide = create('decide');

    this.audit = create('audit');
    tables.grantRead(this.audit, 'countedFavourites', ['Query', 'Scan']);
    tables.grantRead(this.audit, 'aggregatedFavourites', ['GetItem', 'Query', 'Scan']);
    tables.grantCorrectCounts(this.audit);

    this.report = create('report');
    tables.grantReleaseLease(this.report);
  }
}
