/**
 * A function of the stack. Each of its execution environments reaches DynamoDB through its own proxy, which
 * injects faults and counts requests. Because of its own proxy, the fault `crash` hits exactly one
 * invocation.
 */
import { armCrash, type ArmedCrash } from '../faults/crash-fault.ts';
import { startDynamoDbProxy, type DynamoDbProxy } from '../faults/dynamodb-proxy.ts';
import type { FaultPlan } from '../faults/fault-plan.ts';
import type { FunctionMeter } from '../function/function-meter.ts';
import {
  type EnvironmentResources,
  type FunctionSettings,
  type InvocationOutcome,
} from '../function/invocation.ts';
import { LocalFunction } from '../function/local-function.ts';

export interface DeployedFunction {
  readonly arn: string;
  /** Never rejects. */
  invoke(event: unknown): Promise<InvocationOutcome>;
  /** Ends running invocations. */
  stop(): Promise<void>;
}

export interface DeployedFunctionOptions {
  readonly settings: FunctionSettings;
  readonly endpoints: { readonly dynamoDb: string; readonly sqs: string };
  readonly faults: FaultPlan;
  readonly meter: FunctionMeter;
  /** The proxies count their requests here, by operation. */
  readonly requests: Record<string, number>;
  readonly onLogLine?: ((functionName: string, line: string) => void) | undefined;
}

export function deployFunction(options: DeployedFunctionOptions): DeployedFunction {
  const { settings, endpoints, faults, meter, requests } = options;
  const proxies = new WeakMap<EnvironmentResources, DynamoDbProxy>();

  const prepareEnvironment = async (): Promise<EnvironmentResources> => {
    const proxy = await startDynamoDbProxy({ endpoint: endpoints.dynamoDb, faults, requests });
    const resources = {
      variables: {
        AWS_ENDPOINT_URL_DYNAMODB: proxy.endpoint,
        AWS_ENDPOINT_URL_DYNAMODB_STREAMS: endpoints.dynamoDb,
        AWS_ENDPOINT_URL_SQS: endpoints.sqs,
      },
      release: () => proxy.stop(),
    };
    proxies.set(resources, proxy);
    return resources;
  };
  const fn = new LocalFunction({
    settings,
    prepareEnvironment,
    onLogLine: (name, line) => {
      meter.noteLine(line);
      options.onLogLine?.(name, line);
    },
  });

  return {
    arn: settings.arn,
    async invoke(event) {
      let armed: ArmedCrash | undefined;
      const ended = await fn.invoke(event, (environment) => {
        const proxy = proxies.get(environment.resources);
        if (proxy === undefined) throw new Error(`An environment of ${settings.name} has no proxy`);
        armed = armCrash({ faults, proxy, kill: () => environment.crash() });
      });
      const outcome = armed?.finish() === true ? ({ kind: 'crash' } as const) : ended;
      meter.noteOutcome(outcome);
      return outcome;
    },
    stop: () => fn.stop(),
  };
}
