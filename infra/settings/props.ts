/**
 * How each setting appears among the properties of the construct: `pipe.maximumRecordAgeSeconds` is
 * `pipe.maximumRecordAge`, a Duration. The interfaces of the properties, their docs and both conversions
 * derive from the one declaration of the setting.
 */
import { Duration, RemovalPolicy, Size, Token } from 'aws-cdk-lib';
import { declarations, type Settings } from './declarations.ts';
import { distanceOf, nearest } from './nearest.ts';
import { readSettings, setAt, type SettingsReading, valueAt } from './settings.ts';

/** A setting as a property of the construct. */
export interface SettingProp {
  readonly setting: string;
  /** Path among the properties, such as `pipe.maximumRecordAge`. */
  readonly prop: string;
  /** The type of the property, if it differs from that of the setting. */
  readonly type?: 'Duration' | 'RankingSettings' | 'RemovalPolicy' | 'RetentionDays' | 'Size';
  /** From the property to the setting. @throws if the value is not a whole number of the unit */
  readonly read: (prop: unknown) => unknown;
  /** From the setting to the property. */
  readonly write: (value: unknown) => unknown;
  /** The value of the setting as TypeScript. */
  readonly code: (value: unknown) => string;
}

type Form = Omit<SettingProp, 'setting' | 'prop'>;

const asIs: Form = {
  read: (prop) => prop,
  write: (value) => value,
  code: (value) => (typeof value === 'string' ? `'${value}'` : JSON.stringify(value)),
};

/** By their methods, because an adopter may have another copy of the CDK. */
export const isDuration = (value: unknown): value is Duration => hasMethods(value, ['toSeconds', 'toDays']);
const isSize = (value: unknown): value is Size => hasMethods(value, ['toMebibytes', 'toBytes']);

function hasMethods(value: unknown, names: readonly string[]): boolean {
  const members = (value ?? {}) as Readonly<Record<string, unknown>>;
  return names.every((name) => typeof members[name] === 'function');
}

function fail(expected: string): never {
  throw new TypeError(`must be ${expected}`);
}

/** Units at the end of a setting's name. */
const units: readonly (Form & { readonly suffix: string; readonly replacedBy: string })[] = [
  { suffix: 'Seconds', replacedBy: '', ...duration('seconds', (prop) => prop.toSeconds(), 'minutes(5)') },
  { suffix: 'Days', replacedBy: '', ...duration('days', (prop) => prop.toDays(), 'days(14)') },
  {
    suffix: 'Megabytes',
    replacedBy: 'Size',
    ...size('mebibytes', (prop) => prop.toMebibytes(), 'mebibytes(512)'),
  },
  { suffix: 'Bytes', replacedBy: 'Size', ...size('bytes', (prop) => prop.toBytes(), 'kibibytes(256)') },
];

function duration(unit: 'seconds' | 'days', read: (prop: Duration) => number, example: string): Form {
  return {
    type: 'Duration',
    read: (prop) => (isDuration(prop) ? read(prop) : fail(`a Duration such as Duration.${example}`)),
    write: (value) => Duration[unit](value as number),
    code: (value) => `Duration.${unit}(${String(value)})`,
  };
}

function size(unit: 'mebibytes' | 'bytes', read: (prop: Size) => number, example: string): Form {
  return {
    type: 'Size',
    read: (prop) => (isSize(prop) ? read(prop) : fail(`a Size such as Size.${example}`)),
    write: (value) => Size[unit](value as number),
    code: (value) => `Size.${unit}(${String(value)})`,
  };
}

/** Settings whose property has another name or type, by the conventions of the CDK. */
const conventions: Readonly<Record<string, Omit<SettingProp, 'setting'>>> = {
  'tables.deletionProtection': { ...asIs, prop: 'deletionProtection' },
  'tables.keepOnDelete': {
    prop: 'removalPolicy',
    type: 'RemovalPolicy',
    read(prop) {
      if (prop === RemovalPolicy.RETAIN || prop === RemovalPolicy.DESTROY)
        return prop === RemovalPolicy.RETAIN;
      return fail('RemovalPolicy.RETAIN or RemovalPolicy.DESTROY');
    },
    write: (value) => (value === true ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY),
    code: (value) => (value === true ? 'RemovalPolicy.RETAIN' : 'RemovalPolicy.DESTROY'),
  },
  servedTimeWindows: { ...asIs, prop: 'servedWindows' },
  ranking: { ...asIs, prop: 'ranking', type: 'RankingSettings' },
  previousRanking: { ...asIs, prop: 'previousRanking', type: 'RankingSettings' },
  'logs.retentionDays': {
    ...asIs,
    prop: 'logs.retention',
    type: 'RetentionDays',
    code: (value) => (value === 90 ? 'RetentionDays.THREE_MONTHS' : String(value)),
  },
};

/**
 * Settings that no property derives from. The construct takes the table, the windows and the topic as
 * objects, and the property `api` turns the API on.
 */
const without = new Set(['stage', 'stackName', 'source', 'timeWindows', 'api.enabled', 'alarms.topicArn']);

export const settingProps: readonly SettingProp[] = [...declarations.keys()]
  .filter((setting) => !without.has(setting) && !setting.startsWith('existingFavourites.'))
  .map((setting) => ({ setting, ...(conventions[setting] ?? propOf(setting)) }));

function propOf(setting: string): Omit<SettingProp, 'setting'> {
  const unit = units.find(({ suffix }) => setting.endsWith(suffix));
  if (unit === undefined) return { ...asIs, prop: setting };
  const { suffix, replacedBy, ...form } = unit;
  return { ...form, prop: setting.slice(0, -suffix.length) + replacedBy };
}

/** The settings as properties of the construct, without those that it takes as objects. */
export function propsOf(settings: Settings): Readonly<Record<string, unknown>> {
  const props: Record<string, unknown> = {};
  for (const { setting, prop, write } of settingProps) {
    const value = valueAt(setting, settings);
    if (value !== undefined) setAt(props, prop, write(value));
  }
  return props;
}

/** Values that pass the checks in place of a token of the CDK, such as the URL of a user pool. */
const standIns: Readonly<Record<string, unknown>> = {
  'api.authorization.issuer': 'https://issuer.example',
  'api.authorization.audience': ['audience'],
};

/**
 * Reads and checks the properties of a construct. Its defaults are those of production.
 * @param others settings that the construct takes as objects, by path
 */
export function readProps(props: object, others: Readonly<Record<string, unknown>>): SettingsReading {
  const issues: string[] = [];
  const given: Record<string, unknown> = { ...others, stage: 'prod' };
  const tokens: [path: string, value: unknown][] = [];
  for (const { setting, prop, read } of settingProps) {
    const value = valueAt(prop, props);
    if (value === undefined || value === null) continue;
    const standIn = holdsToken(value) ? standIns[setting] : undefined;
    if (standIn !== undefined) tokens.push([setting, value]);
    try {
      given[setting] = standIn ?? readKnown(read, value);
    } catch (thrown) {
      issues.push(`${prop} ${(thrown as Error).message}`);
    }
  }
  issues.push(...unknownProps(props));
  const { settings, issues: found } = readSettings(given);
  // The reading has just made this tree, and nobody else holds it yet.
  for (const [path, value] of tokens) setAt(settings, path, value);
  return { settings, issues: [...issues, ...found.map(withPropNames)] };
}

/** Names that the construct itself reads. */
export const ownProps = ['source', 'windows', 'name', 'alarms.topic'];
const knownPaths = new Set([...settingProps.map(({ prop }) => prop), ...ownProps]);

const groups = new Set(
  [...knownPaths].flatMap((path) => {
    const names = path.split('.').slice(0, -1);
    return names.map((_, depth) => names.slice(0, depth + 1).join('.'));
  }),
);

/** One issue for each name that is not a property, and for each group that is not an object. */
function unknownProps(props: object, prefix = ''): readonly string[] {
  return Object.entries(props).flatMap(([name, value]: [string, unknown]) => {
    const path = `${prefix}${name}`;
    if (value === undefined || value === null || knownPaths.has(path)) return [];
    if (!groups.has(path)) return [`${path} is not a property${suggestion(path)}`];
    if (typeof value === 'object' && !Array.isArray(value)) return unknownProps(value, `${path}.`);
    return [`${path} must be an object of properties, such as ${path}: {}`];
  });
}

/** A name that is too far from all others suggests nothing. */
function suggestion(path: string): string {
  const near = nearest(path, knownPaths);
  return distanceOf(path, near) * 2 > path.length ? '' : `; the nearest one is ${near}`;
}

/** @throws for a value that only the deployment knows: it is needed before */
function readKnown(read: SettingProp['read'], value: unknown): unknown {
  const isToken = holdsToken(value) || (isDuration(value) && value.isUnresolved());
  if (isToken) throw new TypeError('must be known when the app is synthesized; it is a token');
  return read(value);
}

/** Messages name settings, but the user of the construct knows the properties. */
function withPropNames(message: string): string {
  const named = [...settingProps, { setting: 'timeWindows', prop: 'windows' }];
  return named
    .filter(({ setting, prop }) => setting !== prop)
    .reduce((text, { setting, prop }) => text.replaceAll(setting, prop), message)
    .replace(', separated by commas', '');
}

function holdsToken(value: unknown): boolean {
  return Array.isArray(value) ? value.some((item) => Token.isUnresolved(item)) : Token.isUnresolved(value);
}
