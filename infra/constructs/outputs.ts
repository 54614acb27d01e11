/** Adds the stack's outputs: what an operator, or a deployment beside this one, needs to find its parts. */
import { CfnOutput, type Stack } from 'aws-cdk-lib';

/** Logical id to value. */
export function addOutputs(stack: Stack, values: Readonly<Record<string, string>>): readonly CfnOutput[] {
  return Object.entries(values).map(([name, value]) => new CfnOutput(stack, name, { value }));
}
