/**
 * What the interpreter would pass over in silence, or read otherwise than AWS does, is an error that names it: the state
 * machine must not run here as something else than what deploys.
 */
import { isObject, type JsonObject } from '../json.ts';
import { statesOf } from './states.ts';

const common = ['Type', 'Comment', 'Next', 'End', 'InputPath', 'OutputPath'];
const results = ['Parameters', 'ResultSelector', 'ResultPath', 'Retry', 'Catch'];

/** The fields that the interpreter carries out, by the type of the state. */
const fieldsByType: Readonly<Record<string, readonly string[]>> = {
  Task: [...common, ...results, 'Resource', 'TimeoutSeconds', 'TimeoutSecondsPath'],
  Map: [
    ...common,
    ...results.filter((name) => name !== 'Parameters'),
    ...['ItemProcessor', 'ItemSelector', 'ItemsPath', 'MaxConcurrency', 'MaxConcurrencyPath'],
    // The name under which AWS lists the child executions.
    'Label',
  ],
  Parallel: [...common, ...results, 'Branches'],
  Pass: [...common, 'Parameters', 'Result', 'ResultPath'],
  Wait: [...common, 'Seconds', 'SecondsPath', 'Timestamp', 'TimestampPath'],
  Choice: ['Type', 'Comment', 'InputPath', 'OutputPath', 'Choices', 'Default'],
  Succeed: ['Type', 'Comment', 'InputPath', 'OutputPath'],
  Fail: ['Type', 'Comment', 'Cause', 'CausePath', 'Error', 'ErrorPath'],
};

/** What the interpreter knows of the context object. */
const contextPath =
  /\$\$\.(?!Execution\.(?:Id|Input|Name|StartTime)\b|StateMachine\.(?:Id|Name)\b|Map\.)[\w.]*/;

/** @throws an error that names the state and the field */
export function checkDefinition(definition: JsonObject, machine: string): void {
  const fail = (what: string): never => {
    throw new Error(
      `State machine ${machine}: the local run does not understand ${what}; extend infra/local/emulator/workflow, or leave it out of the state machine`,
    );
  };
  const language: unknown = definition['QueryLanguage'] ?? 'JSONPath';
  if (language !== 'JSONPath') fail(`the query language ${String(language)}, it runs JSONPath`);
  const seen = new Set<string>();
  for (const { name, definition: state, isInChild } of statesOf(definition)) {
    if (seen.has(name)) fail(`two states of the name ${name}`);
    seen.add(name);
    const type = String(state['Type']);
    const fields = fieldsByType[type] ?? fail(`the type ${type} of state ${name}`);
    const unknown = Object.keys(state).find((field) => !fields.includes(field));
    if (unknown !== undefined) fail(`the field ${unknown} of state ${name}`);
    const text = JSON.stringify({ ...state, ItemProcessor: undefined, Branches: undefined });
    const path = contextPath.exec(text)?.[0];
    if (path !== undefined) fail(`the path ${path} in state ${name}`);
    // On AWS this would be the child's own name and input.
    if (isInChild && text.includes('$$.Execution')) {
      fail(
        `$$.Execution in state ${name}, which is a child execution's there; hand it in by the ItemSelector`,
      );
    }
  }
}

/** AWS waits practically for ever where no time is set, the interpreter a minute; a timer holds no more than 24 days. */
const TASK_SECONDS_DEFAULT = 86_400;

/** The definition with the time limits that AWS would take as given. */
export function withTaskTimeouts(definition: JsonObject): JsonObject {
  return mapObject(definition, (value) =>
    value['Type'] === 'Task' && !('TimeoutSeconds' in value) && !('TimeoutSecondsPath' in value)
      ? { ...value, TimeoutSeconds: TASK_SECONDS_DEFAULT }
      : value,
  );
}

function mapObject(value: JsonObject, change: (value: JsonObject) => JsonObject): JsonObject {
  const inner = (member: unknown): unknown => {
    if (Array.isArray(member)) return member.map(inner);
    return isObject(member) ? mapObject(member, change) : member;
  };
  return change(Object.fromEntries(Object.entries(value).map(([name, member]) => [name, inner(member)])));
}
