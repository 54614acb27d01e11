/** The parts of a stack, for the code that runs them. */
import type { FunctionSettings } from '../function/invocation.ts';
import type { PipeSettings } from '../pipe/pipe-context.ts';
import type { StateMachineSettings } from '../workflow/states.ts';

export interface LocalStack {
  readonly outputs: Readonly<Record<string, string>>;
  readonly parts: readonly StackPart[];
}

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

export type PartOf<K extends StackPart['kind']> = Extract<StackPart, { kind: K }>;

export function partsOf<K extends StackPart['kind']>(stack: LocalStack, kind: K): readonly PartOf<K>[] {
  return stack.parts.filter((part): part is PartOf<K> => part.kind === kind);
}

export function output(stack: LocalStack, name: string): string {
  const value = stack.outputs[name];
  if (value === undefined)
    throw new Error(`The template has no output ${name}: add a CfnOutput to the stack`);
  return value;
}
