/**
 * Resolves the intrinsic functions of CloudFormation that the emulator supports. Any other function throws an
 * error that names its place in the template, because the template that runs here is the one that deploys.
 */
import { isArray, isObject, type JsonObject } from '../json.ts';

/** Looks up the values that intrinsic functions refer to. */
export interface Scope {
  /** The value of a resource or parameter. @throws when the template does not have it */
  ref(name: string, at: string): Promise<unknown>;
  attribute(logicalId: string, attribute: string, at: string): Promise<unknown>;
  condition(name: string, at: string): Promise<boolean>;
  mapping(name: string, at: string): JsonObject;
}

/** The value of AWS::NoValue. The object or list that contains it is resolved without it. */
export const noValue = Symbol('AWS::NoValue');

/** @param at the logical id and path, for errors */
export async function resolveValue(value: unknown, scope: Scope, at: string): Promise<unknown> {
  if (isArray(value)) {
    const items = await Promise.all(value.map((item, i) => resolveValue(item, scope, `${at}[${i}]`)));
    return items.filter((item) => item !== noValue);
  }
  if (!isObject(value)) return value;
  const keys = Object.keys(value);
  const [key = ''] = keys;
  if (keys.length === 1 && (key === 'Ref' || key.startsWith('Fn::'))) {
    const intrinsic = intrinsics[key];
    if (intrinsic === undefined) {
      throw new Error(`The emulator does not support the intrinsic function ${key} at ${at}`);
    }
    return intrinsic(value[key], scope, `${at}.${key}`);
  }
  const entries = await Promise.all(
    Object.entries(value).map(
      async ([name, item]) => [name, await resolveValue(item, scope, `${at}.${name}`)] as const,
    ),
  );
  return Object.fromEntries(entries.filter(([, item]) => item !== noValue));
}

/** Evaluates a condition. `{ Condition: name }` refers to another condition. */
export async function resolveCondition(value: unknown, scope: Scope, at: string): Promise<boolean> {
  if (!isObject(value)) throw wrongArguments(at, 'a condition');
  const [[key, argument] = ['', undefined]] = Object.entries(value);
  const each = () => Promise.all(listAt(argument, at).map((item) => resolveCondition(item, scope, at)));
  switch (key) {
    case 'Condition':
      return scope.condition(String(argument), at);
    case 'Fn::Equals': {
      const [left, right] = listAt(await resolveValue(argument, scope, at), at);
      return JSON.stringify(left) === JSON.stringify(right);
    }
    case 'Fn::Not':
      return (await each()).every((item) => !item);
    case 'Fn::And':
      return (await each()).every(Boolean);
    case 'Fn::Or':
      return (await each()).some(Boolean);
    default:
      throw new Error(`The emulator does not support ${key} at ${at}: expected a condition function`);
  }
}

type Intrinsic = (argument: unknown, scope: Scope, at: string) => Promise<unknown>;

const intrinsics: Readonly<Record<string, Intrinsic>> = {
  Ref: (name, scope, at) => scope.ref(textAt(name, at), at),
  'Fn::GetAtt': async (argument, scope, at) => {
    // `id.attribute`, as in YAML, or a list. The name of an attribute may contain dots.
    const [logicalId, ...attribute] = isArray(argument) ? argument : textAt(argument, at).split('.');
    return scope.attribute(textAt(logicalId, at), attribute.join('.'), at);
  },
  'Fn::Join': async (argument, scope, at) => {
    const [delimiter, items] = listAt(argument, at);
    return textsAt(await resolveValue(items, scope, at), at).join(textAt(delimiter, at));
  },
  'Fn::Split': async (argument, scope, at) => {
    const [delimiter, text] = listAt(argument, at);
    return textAt(await resolveValue(text, scope, at), at).split(textAt(delimiter, at));
  },
  'Fn::Select': async (argument, scope, at) => {
    const [index, items] = listAt(await resolveValue(argument, scope, at), at);
    const selected = listAt(items, at)[Number(index)];
    if (selected === undefined) throw wrongArguments(at, `an item number ${String(index)} in the list`);
    return selected;
  },
  'Fn::Sub': async (argument, scope, at) => {
    const [text, variables = {}] = isArray(argument) ? argument : [argument];
    const own = await resolveValue(variables, scope, at);
    return substitute(textAt(text, at), isObject(own) ? own : {}, scope, at);
  },
  'Fn::If': async (argument, scope, at) => {
    const [name, whenTrue, whenFalse] = listAt(argument, at);
    return resolveValue((await scope.condition(textAt(name, at), at)) ? whenTrue : whenFalse, scope, at);
  },
  'Fn::FindInMap': async (argument, scope, at) => {
    const [map, first, second] = textsAt(await resolveValue(argument, scope, at), at);
    const row = scope.mapping(map ?? '', at)[first ?? ''];
    const found = isObject(row) ? row[second ?? ''] : undefined;
    if (found === undefined) throw wrongArguments(at, `an entry ${first}.${second} in the mapping ${map}`);
    return found;
  },
};

const placeholder = /\$\{(!?)([^}]+)\}/g;

async function substitute(text: string, own: JsonObject, scope: Scope, at: string): Promise<string> {
  let result = '';
  let end = 0;
  for (const match of text.matchAll(placeholder)) {
    const [whole, literal, name = ''] = match;
    result += text.slice(end, match.index);
    end = match.index + whole.length;
    if (literal === '!') result += `\${${name}}`;
    else if (name in own) result += textAt(own[name], at);
    else if (name.includes('.')) result += textAt(await intrinsics['Fn::GetAtt']?.(name, scope, at), at);
    else result += textAt(await scope.ref(name.trim(), at), at);
  }
  return result + text.slice(end);
}

function textAt(value: unknown, at: string): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw wrongArguments(at, 'a string');
}

function listAt(value: unknown, at: string): readonly unknown[] {
  if (!isArray(value)) throw wrongArguments(at, 'a list');
  return value;
}

function textsAt(value: unknown, at: string): readonly string[] {
  return listAt(value, at).map((item) => textAt(item, at));
}

function wrongArguments(at: string, expected: string): Error {
  return new Error(`Cannot resolve the template at ${at}: expected ${expected}`);
}
