/**
 * How the emulator makes a type of resource. A new kind: a file like table.ts, and a line in
 * resource-kinds.ts.
 */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { QueueServer } from '../queue/queue-server.ts';
import type { StackPart } from './parts.ts';
import type { PropertyReader } from './property-reader.ts';

/** Where the resources are made. */
export interface StackContext {
  readonly stackName: string;
  /** Of resources without a name; the stack's name, unless tables of several runs lie side by side. */
  readonly namePrefix: string;
  readonly region: string;
  readonly accountId: string;
  /** The cloud assembly: template, asset manifest, bundles. */
  readonly assemblyDirectory: string;
  /** Straight to the engine. */
  readonly dynamoDb: DynamoDBClient;
  readonly queues: Pick<QueueServer, 'createQueue'>;
}

/** What other resources, outputs and the local run see of a resource. */
export interface Resource {
  /** The value of `Ref`. */
  readonly ref: string;
  /** The values of `Fn::GetAtt`. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly part?: StackPart;
}

export interface ResourceKind {
  /** Properties without effect on this machine, each with the reason. They are not resolved. */
  readonly ignoredProperties: Readonly<Record<string, string>>;
  /** `properties`: resolved, without the ignored ones. */
  make(
    declaration: { readonly logicalId: string; readonly properties: PropertyReader },
    context: StackContext,
  ): Promise<Resource>;
}

export const noPermissions = 'nothing here asks for permission';

/** Ignored in every kind of resource. */
export const alwaysIgnored: ResourceKind['ignoredProperties'] = {
  Description: 'for people',
  RoleArn: noPermissions,
  Tags: 'for bills and searches',
};

/**
 * Like CloudFormation's name for an unnamed resource, but without a random end: a kept database finds its
 * tables.
 */
export function physicalName(context: StackContext, logicalId: string): string {
  return `${context.namePrefix}-${logicalId}`;
}
