/**
 * Rejects parts of a definition that the interpreter ignores or reads differently than AWS, so that a state
 * machine never behaves differently here and on AWS.
 */
import { isObject, type JsonObject } from '../json.ts';
import { statesOf } from './states.ts';

const common = ['Type', 'Comment', 'Next', 'End', 'InputPath', 'OutputPath'];
const results = ['Parameters', 'ResultSelector', 'ResultPath', 'Retry', 'Catch'];

/** The fields that the interpreter supports, by the type of the state. */
const fieldsByType: Readonly<Record<string, readonly string[]>> = {
  Task: [...common, ...results, 'Resource', 'TimeoutSeconds', 'TimeoutSecondsPath'],
  Map: [
    ...common,
    ...results.filter((name) => name !== 'Parameters'),
    ...['ItemProcessor', 'ItemSelector', 'ItemsPath', 'MaxConcurrency', 'MaxConcurrencyPath'],
    // AWS only shows the label in the list of child executions.
    'Label',
  ],
  Parallel: [...common, ...results, 'Branches'],
  Pass: [...common, 'Parameters', 'Result', 'ResultPath'],
  Wait: [...common, 'Seconds', 'SecondsPath', 'Timestamp', 'TimestampPath'],
  Choice: ['Type', 'Comment', 'InputPath', 'OutputPath', 'Choices', 'Default'],
  Succeed: ['Type', 'Comment', 'InputPath', 'OutputPath'],
  Fail: ['Type', 'Comment', 'Cause', 'CausePath', 'Error', 'ErrorPath'],
};

/** Paths into the context object that the interpreter does not support. */
const contextPath =
  /\$\$\.(?!Execution\.(?:Id|Input|Name|StartTime)\b|StateMachine\.(?:Id|Name)\b|Map\.)[\w.]*/;

/** @throws an error that names the state and the field */
export function checkDefinition(definition: JsonObject, machine: string): void {
  const fail = (what: string): never => {
    throw new Error(
      `State machine ${machine}: the emulator does not support ${what}; ` +
        'extend infra/local/emulator/workflow, or remove it from the state machine',
    );
  };
  const language: unknown = definition['QueryLanguage'] ?? 'JSONPath';
  if (language !== 'JSONPath') fail(`the query language ${String(language)}, only JSONPath`);
  const seen = new Set<string>();
  for (const { name, definition: state, isInChild } of statesOf(definition)) {
    if (seen.has(name)) fail(`two states named ${name}`);
    seen.add(name);
    const type = String(state['Type']);
    const fields = fieldsByType[type] ?? fail(`the type ${type} of state ${name}`);
    const unknown = Object.keys(state).find((field) => !fields.includes(field));
    if (unknown !== undefined) fail(`the field ${unknown} of state ${name}`);
    const text = JSON.stringify({ ...state, ItemProcessor: undefined, Branches: undefined });
    const path = contextPath.exec(text)?.[0];
    if (path !== undefined) fail(`the path ${path} in state ${name}`);
    // On AWS, this path would read the name and input of the child execution.
    if (isInChild && text.includes('$$.Execution')) {
      fail(`$$.Execution in state ${name}, on AWS that of the child execution: pass it in the ItemSelector`);
    }
  }
}

/**
 * Without a time limit, AWS waits almost forever, but the interpreter waits only a minute. Node's timers
 * allow at most 24 days.
 */
const TASK_SECONDS_DEFAULT = 86_400;

/** Adds a time limit to each task without one. */
export function withTaskTimeouts(definition: JsonObject): unknown {
  return JSON.parse(JSON.stringify(definition), (_, value: unknown) =>
    isObject(value) &&
    value['Type'] === 'Task' &&
    !('TimeoutSeconds' in value) &&
    !('TimeoutSecondsPath' in value)
      ? { ...value, TimeoutSeconds: TASK_SECONDS_DEFAULT }
      : value,
  );
}
