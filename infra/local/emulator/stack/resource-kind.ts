/** How the local run understands a type of resource. A new kind: a file like table.ts, and a line in resource-kinds.ts. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { FunctionSettings } from '../function/invocation.ts';
import type { PipeSettings } from '../pipe/pipe-context.ts';
import type { QueueServer } from '../queue/queue-server.ts';
import type { StateMachineSettings } from '../workflow/state-machine-settings.ts';
import type { JsonObject } from '../json.ts';
import type { PropertyReader } from './property-reader.ts';

/** What resources are made on, and what they are told about where they stand. */
export interface StackContext {
  readonly stackName: string;
  /** Of what has no name of its own; the stack's name unless tables of several runs lie side by side. */
  readonly namePrefix: string;
  readonly region: string;
  readonly accountId: string;
  /** The cloud assembly: template, asset manifest, bundles. */
  readonly assemblyDirectory: string;
  /** Straight to the engine. */
  readonly dynamoDb: DynamoDBClient;
  readonly queues: Pick<QueueServer, 'createQueue'>;
}

export interface ResourceDeclaration {
  readonly logicalId: string;
  /** Resolved, without the ignored ones. */
  readonly properties: PropertyReader;
  readonly metadata: JsonObject;
}

/** What other resources, outputs and the local run see of a resource. */
export interface Resource {
  /** What `Ref` gives. */
  readonly ref: string;
  /** What `Fn::GetAtt` gives. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly part?: StackPart;
}

/** What the local run has to run. */
export type StackPart =
  | { readonly kind: 'table'; readonly tableName: string; readonly streamArn?: string }
  | { readonly kind: 'queue'; readonly name: string; readonly url: string; readonly arn: string }
  | { readonly kind: 'function'; readonly settings: FunctionSettings }
  | { readonly kind: 'state-machine'; readonly settings: StateMachineSettings }
  | {
      readonly kind: 'http-api';
      readonly name: string;
      readonly apiId: string;
      readonly accountId: string;
      readonly domainName: string;
    }
  | {
      readonly kind: 'http-integration';
      readonly integrationId: string;
      readonly apiId: string;
      readonly functionArn: string;
      readonly timeoutMs: number;
    }
  | { readonly kind: 'http-route'; readonly apiId: string; readonly integrationId: string }
  | {
      readonly kind: 'pipe';
      readonly settings: PipeSettings;
      readonly targetArn: string;
      readonly deadLetterArn: string;
    };

export interface ResourceKind {
  /** Properties that change nothing on this machine, each with the reason. They are not resolved. */
  readonly ignoredProperties: Readonly<Record<string, string>>;
  make(declaration: ResourceDeclaration, context: StackContext): Promise<Resource>;
}

/** As CloudFormation names what has no name of its own, but without its random end: a kept database finds its tables again. */
export function physicalName(context: StackContext, logicalId: string): string {
  return `${context.namePrefix}-${logicalId}`;
}
