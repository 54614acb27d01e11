/** The stack of this repository: the construct with the settings of a stage, and what an operator needs. */
import { CfnOutput, DefaultStackSynthesizer, Duration, type IStackSynthesizer, Stack } from 'aws-cdk-lib';
import { type ITable, Table } from 'aws-cdk-lib/aws-dynamodb';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { FavouriteCounts, type FavouriteCountsProps } from './constructs/favourite-counts.ts';
import type { SettingsProps } from './constructs/generated/settings-props.ts';
import { propsOf } from './settings/props.ts';
import type { Settings } from './settings/settings.ts';

export class FavouritesStack extends Stack {
  readonly counts: FavouriteCounts;

  constructor(scope: Construct, { settings }: { readonly settings: Settings }) {
    super(scope, settings.stackName, {
      description: 'Exact favourite counts from a DynamoDB stream, per restaurant and time window',
      // The CLI reads the bootstrap version from the manifest and checks it; a rule in the template would
      // repeat that.
      synthesizer: new DefaultStackSynthesizer({ generateBootstrapVersionRule: false }) as IStackSynthesizer,
      analyticsReporting: false,
    });
    const counts = new FavouriteCounts(this, 'Counts', this.#propsOf(settings));
    this.counts = counts;
    const outputs = {
      FavouritesTableName: counts.favouritesTable.tableName,
      FavouritesStreamArn: counts.favouritesTable.tableStreamArn,
      CountedFavouritesTableName: counts.registersTable.tableName,
      AggregatedFavouritesTableName: counts.countsTable.tableName,
      DeadLetterQueueUrl: counts.deadLetterQueue.queueUrl,
      ReconcileStateMachineArn: counts.stateMachine.stateMachineArn,
      ReconcileLeaseTableName: counts.leaseTable.tableName,
      ClientConfig: counts.clientConfig,
      ApiUrl: counts.apiUrl,
    };
    for (const [name, value] of Object.entries(outputs)) {
      if (value !== undefined) new CfnOutput(this, name, { value });
    }
  }

  #propsOf(settings: Settings): FavouriteCountsProps {
    const { source, timeWindows, stackName, api, alarms } = settings;
    const { api: apiProps = {}, alarms: alarmsProps, ...props } = propsOf(settings) as SettingsProps;
    const table = this.#existingTable(settings.existingFavourites);
    const topic = alarms.topicArn && Topic.fromTopicArn(this, 'Topic', alarms.topicArn);
    return {
      ...props,
      name: stackName,
      source: { ...source, ...(table && { table }) },
      windows: windowsOf(timeWindows),
      alarms: { ...alarmsProps, ...(topic && { topic }) },
      ...(api.enabled && { api: apiProps }),
    };
  }

  #existingTable({ tableArn, streamArn, keyArn }: Settings['existingFavourites']): ITable | undefined {
    if (tableArn === undefined || streamArn === undefined) return undefined;
    return Table.fromTableAttributes(this, 'Favourites', {
      tableArn,
      tableStreamArn: streamArn,
      ...(keyArn !== undefined && { encryptionKey: Key.fromKeyArn(this, 'FavouritesKey', keyArn) }),
    });
  }
}

function windowsOf(timeWindows: Settings['timeWindows']): NonNullable<FavouriteCountsProps['windows']> {
  return Object.fromEntries(
    Object.entries(timeWindows).map(([kind, kept]) => [
      kind,
      typeof kept === 'number' ? Duration.days(kept) : kept,
    ]),
  );
}
