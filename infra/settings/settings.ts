/**
 * The settings of a deployment: the defaults of its stage, overridden by the caller or the CDK context. One
 * error names everything that is wrong with them.
 */
import { readFileSync } from 'node:fs';
import { formatRankingSettings, type RankingSettings } from '../../src/counting/ranking.ts';
import { formatTimeWindowSettings } from '../../src/counting/time-window.ts';
import { readValue, type Setting } from '../../src/lambda/environment.ts';
import { declarations, type Settings, type SettingsOverrides } from './declarations.ts';
import { distanceOf, nearest } from './nearest.ts';
import { checkRules } from './rules.ts';

export type { Settings, SettingsOverrides } from './declarations.ts';

/** Settings that cannot be deployed; `issues` names everything that is wrong with them. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  readonly code = 'settings';
  readonly issues: readonly string[];

  constructor(issues: readonly string[]) {
    super(`These settings cannot be used: ${issues.join('; ')}. docs/settings.md describes every setting.`);
    this.issues = issues;
  }
}

/** @throws {SettingsError} */
export function settingsFor(stage: Settings['stage'], overrides: SettingsOverrides = {}): Settings {
  return settingsFrom({ ...overrides, stage });
}

/** Context keys of the CDK, its lookups and other tools, which come from `cdk.context.json` and the CLI. */
const foreignKey = /[:/]|^(cdk|aws)-|^(acknowledged-issue-numbers|assets-ecr-repository-name|cli-telemetry)$/;

/**
 * Reads the settings in the whole CDK context: `-c pipe.batchSize=100`, in cdk.json also `"pipe": {
 * "batchSize": 100 }`.
 * @throws {SettingsError}
 */
export function settingsFromContext(context: Readonly<Record<string, unknown>>): Settings {
  const own = Object.entries(context).filter(
    ([key]) => !foreignKey.test(key) || distanceOf(key, nearest(key, declarations.keys())) === 0,
  );
  return settingsFrom(Object.fromEntries(own));
}

/** @throws {SettingsError} */
function settingsFrom(source: object): Settings {
  const { settings, issues } = readSettings(source);
  if (issues.length > 0) throw new SettingsError(issues);
  return settings;
}

export interface SettingsReading {
  /** A setting that is wrong has its default. */
  readonly settings: Settings;
  /** Everything that is wrong. */
  readonly issues: readonly string[];
}

export function readSettings(source: object): SettingsReading {
  const issues: string[] = [];
  const byPath = Object.entries(source).filter(([path]) => declarations.has(path));
  // The last one counts: `-c pipe.batchSize=5` wins over the group `pipe` of cdk.json.
  const given = new Map([...leavesOf(source), ...leavesOf(Object.fromEntries(byPath))]);
  for (const path of given.keys()) {
    if (declarations.has(path)) continue;
    issues.push(`${path} is not a setting; the nearest one is ${nearest(path, declarations.keys())}`);
  }
  const sourceFile = given.get('source');
  if (typeof sourceFile === 'string') given.set('source', readJson(sourceFile, issues));
  const invalid = new Set<string>();
  const values = [...declarations].map(([path, setting]): [path: string, value: unknown] => {
    const value = given.get(path) ?? defaultOf(path, setting, given);
    if (value === undefined) return [path, value];
    const before = issues.length;
    const result = readValue(path, setting, { given: value, issues });
    if (issues.length > before) invalid.add(path);
    return [path, result ?? setting.default];
  });
  const settings = treeOf(values);
  checkRules(settings, (path, beside, must) => {
    // If a setting is wrong by itself, report only that.
    if (!invalid.has(path) && !invalid.has(beside)) issues.push(`${path} must ${must}`);
  });
  return { settings, issues };
}

function defaultOf(path: string, setting: Setting, given: ReadonlyMap<string, unknown>): unknown {
  // The application already writes an existing table, which may lack the index by user.
  if (path === 'api.enabled' && given.has('existingFavourites.tableArn')) return false;
  if (path === 'timeWindows' && isUndated(given.get('source'))) return {};
  return (given.get('stage') === 'prod' ? setting.prod : undefined) ?? setting.default;
}

/** The text itself if it is JSON, otherwise the content of the file with that path. */
function readJson(text: string, issues: string[]): unknown {
  if (text.trimStart().startsWith('{')) return parseJson('source', text, issues);
  if (text.trim() === '') {
    issues.push('source is empty; give the path of a JSON file, or leave it out to count the default table');
    return undefined;
  }
  try {
    return parseJson(text, readFileSync(text, 'utf8'), issues);
  } catch (thrown) {
    issues.push(`source: cannot read the file ${text}: ${(thrown as Error).message}`);
    return undefined;
  }
}

function parseJson(where: string, text: string, issues: string[]): unknown {
  try {
    return JSON.parse(text.replace(/^\ufeff/, ''));
  } catch (thrown) {
    issues.push(`source: ${where} is not JSON: ${(thrown as Error).message}`);
    return undefined;
  }
}

/** Rows without a date are counted in ALL_TIME alone. */
function isUndated(source: unknown): boolean {
  return (
    typeof source === 'object' && source !== null && 'createdAt' in source && source.createdAt === 'none'
  );
}

/** All paths with their values, from groups and from dotted keys. Undefined and null count as not given. */
function leavesOf(group: object, prefix = ''): readonly (readonly [path: string, value: unknown])[] {
  return Object.entries(group).flatMap(([name, value]: [string, unknown]) => {
    const path = prefix + name;
    if (value === undefined || value === null) return [];
    const isGroup = typeof value === 'object' && !Array.isArray(value) && !declarations.has(path);
    return isGroup ? leavesOf(value, `${path}.`) : [[path, value] as const];
  });
}

function treeOf(values: readonly (readonly [path: string, value: unknown])[]): Settings {
  const tree: Record<string, unknown> = {};
  for (const [path, value] of values) setAt(tree, path, value);
  return tree as unknown as Settings;
}

/** Makes the groups of the path that are missing. */
export function setAt(tree: Record<string, unknown>, path: string, value: unknown): void {
  const names = path.split('.');
  const last = names.pop() ?? path;
  let group = tree;
  for (const name of names) group = (group[name] ??= {}) as Record<string, unknown>;
  group[last] = value;
}

/** Undefined if a group of the path is missing. */
export function valueAt(path: string, tree: object): unknown {
  return path
    .split('.')
    .reduce<unknown>((group, name) => (group as Record<string, unknown> | undefined)?.[name], tree);
}

/** The value of a setting as text: for `-c`, for the environment of a function, and for the docs. */
export function textAt(path: string, settings: Settings): string | undefined {
  return textOf(path, valueAt(path, settings));
}

/** One value of the setting as text; undefined if it is undefined. */
export function textOf(path: string, value: unknown): string | undefined {
  if (path === 'source') return JSON.stringify(value);
  if (path === 'ranking' || path === 'previousRanking') {
    return value === undefined ? undefined : formatRankingSettings(value as RankingSettings);
  }
  if (typeof value !== 'object' || value === null) {
    return typeof value === 'string' ? value : JSON.stringify(value);
  }
  return Array.isArray(value) ? value.join() : formatTimeWindowSettings(value);
}

/** The settings of `npm start` and `cdk synth` when nothing else is given. */
export const defaultSettings: Settings = settingsFor('dev');
