/**
 * Runs the template's state machine on this machine, with an interpreter of Amazon States Language. Lambda
 * tasks invoke the stack's functions. The caller provides stand-ins for other services.
 */
import type { StateMachine } from 'aws-local-stepfunctions';
import type { InvocationOutcome } from '../function/invocation.ts';
import { isObject } from '../json.ts';
import { checkDefinition, withTaskTimeouts } from './check-definition.ts';
import { statesOf, type StateMachineSettings } from './states.ts';

export interface LocalWorkflow {
  readonly name: string;
  readonly arn: string;
  /** Never rejects. Executions may run at the same time. */
  run(input: unknown, options?: ExecutionOptions): Promise<ExecutionOutcome>;
  /** Aborts running executions. The caller must also stop the functions that they invoked. */
  stop(): void;
}

export interface ExecutionOptions {
  /** Generated when absent. */
  readonly name?: string;
  readonly onEvent?: (event: WorkflowEvent) => void;
}

export type ExecutionOutcome =
  | { readonly kind: 'succeeded'; readonly output: unknown }
  | { readonly kind: 'failed'; readonly error: string; readonly cause: string }
  | { readonly kind: 'aborted' };

export interface WorkflowEvent {
  readonly kind: 'entered' | 'exited' | 'failed' | 'retried' | 'caught';
  readonly state: string;
  /** Present for `exited`. */
  readonly output?: unknown;
  /** Present for `failed`. */
  readonly error?: string;
}

export interface LocalWorkflowOptions {
  readonly settings: StateMachineSettings;
  /** Invokes the function with that ARN or name. */
  readonly invoke: (functionName: string, payload: unknown) => Promise<InvocationOutcome>;
  /** Stand-ins for other services, by the `Resource` of the task. */
  readonly services?: Readonly<Record<string, (parameters: unknown) => unknown>>;
  /** For tests: replaces the pause before each retry, and the time of each Wait. */
  readonly pauseMs?: number;
}

type Task = (input: unknown) => Promise<unknown>;
/** The interpreter does not export these types. */
type Json = Parameters<StateMachine['run']>[0];
type Events = ReturnType<StateMachine['run']>['eventLogs'];
type EventType = Awaited<ReturnType<Events['next']>>['value']['type'];

/** @throws when the definition is not valid, or not supported */
export async function createLocalWorkflow(options: LocalWorkflowOptions): Promise<LocalWorkflow> {
  const { name, arn, definition } = options.settings;
  checkDefinition(definition, name);
  const tasks = tasksOf(options);
  // Load the interpreter only if there is a state machine, because loading is slow.
  const {
    ExecutionAbortedError,
    ExecutionError,
    ExecutionTimeoutError,
    StateMachine: Interpreter,
  } = await import('aws-local-stepfunctions');
  const machine = new Interpreter(
    withTaskTimeouts(definition) as ConstructorParameters<typeof StateMachine>[0],
  );
  const { pauseMs } = options;
  const pauses =
    pauseMs === undefined
      ? undefined
      : Object.fromEntries(statesOf(definition).map((state) => [state.name, pauseMs]));
  const running = new Set<{ abort(): void }>();
  let executions = 0;

  const outcomeOf = async (result: Promise<unknown>): Promise<ExecutionOutcome> => {
    try {
      return { kind: 'succeeded', output: await result };
    } catch (error) {
      if (error instanceof ExecutionAbortedError) return { kind: 'aborted' };
      if (error instanceof ExecutionTimeoutError) {
        return {
          kind: 'failed',
          error: 'States.Timeout',
          cause: `${name} took longer than its TimeoutSeconds`,
        };
      }
      const cause: unknown = error instanceof ExecutionError ? error.cause : error;
      if (!(cause instanceof Error)) return { kind: 'failed', error: 'States.Runtime', cause: String(cause) };
      return { kind: 'failed', error: cause.name, cause: cause.message };
    }
  };

  return {
    name,
    arn,
    async run(input, { name: executionName, onEvent } = {}) {
      executions += 1;
      const id = executionName ?? `local-${Date.now().toString(36)}-${executions}`;
      const execution = machine.run(input as Json, {
        context: {
          Execution: { Id: `${arn.replace(':stateMachine:', ':execution:')}:${id}`, Name: id },
          StateMachine: { Id: arn, Name: name },
        },
        overrides: {
          taskResourceLocalHandlers: tasks as Record<string, (input: Json) => Promise<Json>>,
          ...(pauses !== undefined && { retryIntervalOverrides: pauses, waitTimeOverrides: pauses }),
        },
      });
      running.add(execution);
      // Read the events even without a listener, so that they do not pile up.
      void watch(execution.eventLogs, onEvent ?? (() => {}));
      const outcome = await outcomeOf(execution.result);
      running.delete(execution);
      return outcome;
    },
    stop() {
      for (const execution of running) execution.abort();
    },
  };
}

const lambdaInvoke = 'arn:aws:states:::lambda:invoke';

function tasksOf({ settings, invoke, services = {} }: LocalWorkflowOptions): Readonly<Record<string, Task>> {
  const tasks: Record<string, Task> = {};
  for (const { name, definition } of statesOf(settings.definition)) {
    if (definition['Type'] !== 'Task') continue;
    const resource = String(definition['Resource']);
    const service = services[resource];
    if (resource === lambdaInvoke) tasks[name] = (input) => invokeByParameters(invoke, input);
    else if (resource.startsWith('arn:aws:lambda:'))
      tasks[name] = (input) => payloadOf(invoke, resource, input);
    else if (service !== undefined) tasks[name] = async (input) => service(input);
    else {
      throw new Error(
        `State machine ${settings.name}: state ${name} calls ${resource}, which has no stand-in; ` +
          'pass one in `services` to createLocalWorkflow',
      );
    }
  }
  return tasks;
}

/** The integration `lambda:invoke`: its parameters name the function, and its result wraps the response. */
async function invokeByParameters(invoke: LocalWorkflowOptions['invoke'], input: unknown): Promise<unknown> {
  const parameters = isObject(input) ? input : {};
  const functionName = String(parameters['FunctionName']);
  const payload = await payloadOf(invoke, functionName, parameters['Payload'] ?? {});
  return { ExecutedVersion: '$LATEST', Payload: payload, StatusCode: 200 };
}

async function payloadOf(
  invoke: LocalWorkflowOptions['invoke'],
  functionName: string,
  payload: unknown,
): Promise<unknown> {
  const outcome = await invoke(functionName, payload);
  if (outcome.kind === 'answer') return outcome.payload;
  throw invocationError(outcome, functionName);
}

const eventKinds: Readonly<Partial<Record<EventType, WorkflowEvent['kind']>>> = {
  StateEntered: 'entered',
  StateExited: 'exited',
  StateFailed: 'failed',
  StateRetried: 'retried',
  StateCaught: 'caught',
};

async function watch(events: Events, onEvent: (event: WorkflowEvent) => void): Promise<void> {
  for await (const event of events) {
    const kind = eventKinds[event.type];
    if (kind === undefined || !('state' in event)) continue;
    onEvent({
      kind,
      state: event.state.name,
      ...(kind === 'exited' && { output: event.state.output }),
      ...('Error' in event && { error: event.Error }),
    });
  }
}

type FailedInvocation = Exclude<InvocationOutcome, { readonly kind: 'answer' }>;

/** Errors of the Lambda service itself. Step Functions adds the prefix `Lambda.` to their names. */
const serviceErrors = new Set(['TooManyRequestsException', 'ServiceException']);

/** The error of Step Functions: Retry and Catch match its name, and its message is the cause as JSON. */
function invocationError(outcome: FailedInvocation, functionName: string): Error {
  const { errorType, errorMessage } = describe(outcome, functionName);
  const error = new Error(JSON.stringify({ errorType, errorMessage }));
  error.name = serviceErrors.has(errorType) ? `Lambda.${errorType}` : errorType;
  return error;
}

/** The names come from the Step Functions developer guide, "Error names", and from real executions. */
function describe(outcome: FailedInvocation, functionName: string) {
  switch (outcome.kind) {
    case 'error':
      return outcome;
    case 'timeout':
      return { errorType: 'Sandbox.Timedout', errorMessage: `${functionName} timed out` };
    case 'crash':
      return { errorType: 'Runtime.ExitError', errorMessage: `The runtime of ${functionName} exited` };
  }
}
