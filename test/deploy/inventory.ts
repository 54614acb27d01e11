/** Lists the resources of the account by kind, so that a test can see what a stack left behind. */
import { type Call, call } from './calls.ts';
import type { Ministack } from './ministack.ts';

interface Kind extends Call {
  /** Finds the name of each resource in the answer. */
  readonly names: RegExp;
}

const json = (service: string, target: string, name: RegExp): Kind => ({
  ...{ service, target, body: '{}' },
  names: name,
});
const query = (service: string, body: string, name: string): Kind => ({
  ...{ service, method: 'POST', body: `Action=${body}` },
  names: new RegExp(`<${name}>([^<]+)`, 'g'),
});
const rest = (service: string, path: string, name: string): Kind => ({
  ...{ service, path },
  names: new RegExp(`"${name}": ?"([^"]+)`, 'g'),
});

const kinds: Readonly<Record<string, Kind>> = {
  tables: json('dynamodb', 'DynamoDB_20120810.ListTables', /"([^"]+)"(?=,|\])/g),
  queues: json('sqs', 'AmazonSQS.ListQueues', /"(http[^"]+)"/g),
  logGroups: json('logs', 'Logs_20140328.DescribeLogGroups', /"logGroupName": ?"([^"]+)/g),
  stateMachines: json('states', 'AWSStepFunctions.ListStateMachines', /"name": ?"([^"]+)/g),
  functions: rest('lambda', '/2015-03-31/functions/', 'FunctionName'),
  pipes: rest('pipes', '/v1/pipes', 'Name'),
  schedules: rest('scheduler', '/schedules', 'Name'),
  apis: rest('apigateway', '/v2/apis', 'apiId'),
  roles: query('iam', 'ListRoles&Version=2010-05-08', 'RoleName'),
  alarms: query('monitoring', 'DescribeAlarms&Version=2010-08-01', 'AlarmName'),
  dashboards: query('monitoring', 'ListDashboards&Version=2010-08-01', 'DashboardName'),
};

export type Inventory = Readonly<Record<string, readonly string[]>>;

export async function takeInventory(ministack: Ministack): Promise<Inventory> {
  const entries = Object.entries(kinds).map(async ([name, { names, ...request }]) => {
    const { status, text } = await call(ministack, request);
    if (status !== 200) throw new Error(`the list of ${name} was answered by ${status}: ${text}`);
    return [name, Array.from(text.matchAll(names), ([, found = '']) => found).toSorted()] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}
