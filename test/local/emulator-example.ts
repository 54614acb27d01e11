import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { createFaultPlan } from '../../infra/local/emulator/faults/fault-plan.ts';
import { runStack, type Assembly } from '../../infra/local/emulator/run-stack.ts';

/** Writes one item, and returns how many records the function behind the pipe has handled. */
export async function example(synthesize: (outdir: string) => Assembly): Promise<number | undefined> {
  const faults = createFaultPlan({ probabilities: { duplicate: 0.2 }, seed: 1 });
  await using run = await runStack({ synthesize, faults });
  const TableName = run.stack.outputs['TableName'];
  await run.dynamoDb.send(new PutItemCommand({ TableName, Item: { id: { S: '1' } } }));
  const [pipe] = run.pipes;
  await pipe?.drain();
  return pipe?.counters.recordsAnswered;
}
