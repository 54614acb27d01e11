/**
 * The resources whose loss or replacement would lose data or a place in the stream, as the templates of some
 * deployments have them.
 */
import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { FavouriteCounts } from '../../infra/constructs/favourite-counts.ts';
import { FavouritesStack } from '../../infra/favourites-stack.ts';
import { settingsFor } from '../../infra/settings/settings.ts';
import { likesTable, newApp, single } from '../support/likes-table.ts';

/**
 * Properties that an upgrade may not change, by type: a change replaces the resource, loses its place in the
 * stream, or makes readers and writers disagree. Source: "Update requires" in the CloudFormation reference.
 */
const lasting: Readonly<Record<string, readonly string[]>> = {
  'AWS::DynamoDB::Table': [
    'TableName',
    'KeySchema',
    'AttributeDefinitions',
    'GlobalSecondaryIndexes',
    'StreamSpecification',
    'TimeToLiveSpecification',
  ],
  'AWS::SQS::Queue': ['QueueName', 'FifoQueue'],
  'AWS::Pipes::Pipe': ['Name', 'Source'],
  // Schedules, alarms and operators of adopters start it by its ARN.
  'AWS::StepFunctions::StateMachine': ['StateMachineName', 'StateMachineType'],
  'AWS::ApiGatewayV2::Api': ['ProtocolType'],
};

/** By logical id. */
export type StatefulResources = Readonly<Record<string, { readonly Type: string } & Record<string, unknown>>>;

/** By the name of a deployment. */
export function statefulResources(): Readonly<Record<string, StatefulResources>> {
  return {
    'the stack in dev': resourcesOf(stackOf('dev')),
    'the stack in prod': resourcesOf(stackOf('prod')),
    'a construct with a table of its own': resourcesOf(
      appWith((stack) => new FavouriteCounts(stack, 'Likes')),
    ),
    'a construct beside a table': resourcesOf(
      appWith(
        (stack) => new FavouriteCounts(stack, 'Likes', { source: { table: likesTable(stack), ...single } }),
      ),
    ),
  };
}

function stackOf(stage: 'dev' | 'prod'): Stack {
  return new FavouritesStack(newApp(), { settings: settingsFor(stage) });
}

function appWith(add: (stack: Stack) => unknown): Stack {
  const stack = new Stack(newApp(), 'Shop');
  add(stack);
  return stack;
}

function resourcesOf(stack: Stack): StatefulResources {
  const { Resources: resources } = Template.fromStack(stack).toJSON() as {
    readonly Resources: Readonly<Record<string, { Type: string; Properties?: Record<string, unknown> }>>;
  };
  return Object.fromEntries(
    Object.entries(resources).flatMap(([id, { Type, Properties = {} }]) => {
      const names = lasting[Type];
      if (names === undefined) return [];
      const kept = names
        .filter((name) => name in Properties)
        .map((name) => [name, Properties[name]] as const);
      return [[id, { Type, ...Object.fromEntries(kept) }] as const];
    }),
  );
}
