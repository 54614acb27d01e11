/** What the local run takes out of a stack. */
import type { LocalStack } from './local-stack.ts';
import type { StackPart } from './resource-kind.ts';

export type PartOf<K extends StackPart['kind']> = Extract<StackPart, { kind: K }>;

export function partsOf<K extends StackPart['kind']>(stack: LocalStack, kind: K): readonly PartOf<K>[] {
  return stack.parts.filter((part): part is PartOf<K> => part.kind === kind);
}

/** @throws when there is another number of them */
export function theOnly<K extends StackPart['kind']>(stack: LocalStack, kind: K): PartOf<K> {
  const parts = partsOf(stack, kind);
  const [part] = parts;
  if (part !== undefined && parts.length === 1) return part;
  throw new Error(`The template has ${parts.length} of the kind ${kind}, expected one: extend local-run.ts`);
}

export function output(stack: LocalStack, name: string): string {
  const value = stack.outputs[name];
  if (value === undefined)
    throw new Error(`The template has no output ${name}: add it to the stack (CfnOutput)`);
  return value;
}
