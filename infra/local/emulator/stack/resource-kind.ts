/**
 * How the emulator creates a type of resource. To add a type, write a file like table.ts and add a line to
 * resource-kinds.ts.
 */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { QueueServer } from '../queue/queue-server.ts';
import type { StackPart } from './parts.ts';
import type { PropertyReader } from './property-reader.ts';

/** The services and names that creating a resource needs. */
export interface StackContext {
  readonly stackName: string;
  /** Prefix of generated names: the stack's name, with a random suffix if several runs share an endpoint. */
  readonly namePrefix: string;
  readonly region: string;
  readonly accountId: string;
  /** The cloud assembly, with template, asset manifest and bundles. */
  readonly assemblyDirectory: string;
  /** Talks to the engine directly, without faults. */
  readonly dynamoDb: DynamoDBClient;
  readonly queues: Pick<QueueServer, 'createQueue'>;
}

/** The values of a resource that other resources, outputs and the local run use. */
export interface Resource {
  /** The value of `Ref`. */
  readonly ref: string;
  /** The values of `Fn::GetAtt`. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly part?: StackPart;
}

export interface ResourceKind {
  /** Properties that have no effect here, each with the reason. They are not resolved. */
  readonly ignoredProperties: Readonly<Record<string, string>>;
  /** `properties` are resolved, without the ignored ones. */
  make(
    declaration: { readonly logicalId: string; readonly properties: PropertyReader },
    context: StackContext,
  ): Promise<Resource>;
}

export const noPermissions = 'nothing here checks permissions';

/** Ignored in every kind of resource. */
export const alwaysIgnored: ResourceKind['ignoredProperties'] = {
  Description: 'it only documents the resource',
  RoleArn: noPermissions,
  Tags: 'only for billing and search',
};

/**
 * Generates the name of an unnamed resource as CloudFormation does, but without a random suffix, so that the
 * next run finds its tables.
 */
export function physicalName(context: StackContext, logicalId: string): string {
  return `${context.namePrefix}-${logicalId}`;
}
