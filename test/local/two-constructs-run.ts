/** Runs the stack of `test/support/two-constructs.ts` on this machine, and finds what belongs to each. */
import { type AttributeValue, DeleteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import {
  createFaultPlan,
  type FaultName,
  type FaultProbabilities,
} from '../../infra/local/emulator/faults/fault-plan.ts';
import type { LocalPipe } from '../../infra/local/emulator/pipe/local-pipe.ts';
import { hash32 } from '../../infra/local/emulator/random.ts';
import { runStack, type StackRun } from '../../infra/local/emulator/run-stack.ts';
import { output } from '../../infra/local/emulator/stack/parts.ts';
import { readDeadLetter } from '../../infra/local/dead-letters.ts';
import { createLocalReconcile, reconcileServices } from '../../infra/local/local-reconcile.ts';
import { poisonKindsOf } from '../../infra/local/poison/poison-kinds.ts';
import { readCounts, readRegisters } from '../../infra/local/replay/read-tables.ts';
import type { ReconcileInput } from '../../src/reconcile/run.ts';
import type { Write } from '../shapes/answers.ts';
import {
  type ConstructId,
  constructIds,
  nameOf,
  type OutputName,
  sources,
  synthesizeTwo,
} from '../support/two-constructs.ts';
import { type ApiClient, apiClient } from './api-client.ts';

export type TwoConstructsRun = Awaited<ReturnType<typeof startTwoConstructs>>;

export async function startTwoConstructs({ seed }: { readonly seed: number }) {
  const faults = byId((id) => createFaultPlan({ probabilities: {}, seed: hash32(`${id}:${seed}`) }));
  /** In the log lines of each construct's functions. */
  const metricNamespaces = byId(() => new Set<string>());
  /** The namespaces whose lag the state machines asked for. */
  const lagsAsked: string[] = [];
  const run: StackRun = await runStack({
    synthesize: synthesizeTwo,
    functionOptions: ({ name }) => ({ faults: faults[ownerOf(name)] }),
    pipeOptions({ pipeArn }) {
      const owner = ownerOf(pipeArn.slice(pipeArn.indexOf('/') + 1));
      return { faults: faults[owner], poisonKinds: poisonKindsOf(sources[owner]) };
    },
    services: reconcileServices((namespace) => {
      lagsAsked.push(namespace);
      return pipeOf(run, ownerOf(namespace)).counters.lagMs;
    }),
    onLogLine(name, line) {
      const namespace = /"Namespace":"([^"]*)"/.exec(line)?.[1];
      if (namespace !== undefined) metricNamespaces[ownerOf(name)].add(namespace);
    },
  });
  const { dynamoDb } = run;
  return {
    faults,
    metricNamespaces,
    lagsAsked,
    tableOf: (id: ConstructId) => outputOf(run, id, 'Table'),
    setFaults(probabilities: FaultProbabilities): void {
      for (const plan of Object.values(faults)) {
        for (const [name, probability] of Object.entries(probabilities)) {
          plan.set(name as FaultName, probability);
        }
      }
    },
    /** Writes to both tables at once. Resolves when both pipes have delivered everything. */
    async write(writes: Readonly<Record<ConstructId, readonly Write[]>>): Promise<void> {
      await each((id) => writeRows(run, outputOf(run, id, 'Table'), writes[id]));
      await each((id) => pipeOf(run, id).drain());
    },
    /** Also those whose count is 0. */
    counts: (id: ConstructId) =>
      Array.fromAsync(
        readCounts({ dynamoDb, tables: { aggregatedFavourites: outputOf(run, id, 'Counts') } }),
      ),
    registers: (id: ConstructId) =>
      Array.fromAsync(
        readRegisters({ dynamoDb, tables: { countedFavourites: outputOf(run, id, 'Registers') } }),
      ),
    deadLetters: (id: ConstructId) =>
      Array.from(run.queues.peek(outputOf(run, id, 'Letters')), readDeadLetter),
    reconcile(id: ConstructId, input: ReconcileInput) {
      const workflow = run.workflows.find(({ arn }) => arn === outputOf(run, id, 'Workflow'));
      if (workflow === undefined) throw new Error(`${id} has no state machine`);
      return createLocalReconcile(workflow)(input);
    },
    api: (id: ConstructId) => apiOf(run, id),
    stop: () => run.stop(),
  };
}

export function byId<T>(valueOf: (id: ConstructId) => T): Readonly<Record<ConstructId, T>> {
  return { Likes: valueOf('Likes'), Saves: valueOf('Saves') };
}

/** Does the same for both at once. */
export async function each(act: (id: ConstructId) => Promise<unknown>): Promise<void> {
  await Promise.all(constructIds.map(act));
}

/** The construct that a function, a pipe or a namespace belongs to, by its name. */
function ownerOf(name: string): ConstructId {
  const owner = constructIds.find((id) => name.startsWith(nameOf(id)));
  if (owner === undefined) throw new Error(`${name} belongs to neither construct`);
  return owner;
}

function outputOf(run: StackRun, id: ConstructId, name: OutputName): string {
  return output(run.stack, `${id}${name}`);
}

function pipeOf(run: StackRun, id: ConstructId): LocalPipe {
  const pipe = run.pipes.find(({ settings }) => settings.streamArn === outputOf(run, id, 'Stream'));
  if (pipe === undefined) throw new Error(`No pipe reads the table of ${id}`);
  return pipe;
}

async function writeRows({ dynamoDb }: StackRun, TableName: string, writes: readonly Write[]): Promise<void> {
  const attributes = (item: object) => item as Record<string, AttributeValue>;
  for (const write of writes) {
    await ('put' in write
      ? dynamoDb.send(new PutItemCommand({ TableName, Item: attributes(write.put) }))
      : dynamoDb.send(new DeleteItemCommand({ TableName, Key: attributes(write.delete) })));
  }
}

function apiOf(run: StackRun, id: ConstructId): ApiClient {
  const api = run.apis.find(({ settings }) => outputOf(run, id, 'Api').includes(settings.domainName));
  if (api === undefined) throw new Error(`${id} has no API`);
  return apiClient(async (method, target) => {
    const answer = await api.request({ method, target, headers: {}, body: Buffer.alloc(0) });
    return { status: answer.status, type: null, body: JSON.parse(answer.body.toString()) as unknown };
  });
}
