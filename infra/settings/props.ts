/**
 * How each setting appears among the properties of the construct: `pipe.maximumRecordAgeSeconds` is
 * `pipe.maximumRecordAge`, a Duration. The interfaces of the properties, their docs and both conversions
 * derive from the one declaration of the setting.
 */
import { Duration, RemovalPolicy, Size, Token } from 'aws-cdk-lib';
import { declarations, type Settings } from './declarations.ts';
import { nearest } from './nearest.ts';
import { readSettings, setAt, type SettingsReading, valueAt } from './settings.ts';

/** A setting as a property of the construct. */
export interface SettingProp {
  readonly setting: string;
  /** Path among the properties, such as `pipe.maximumRecordAge`. */
  readonly prop: string;
  /** The type of the property, if it differs from that of the setting. */
  readonly type?: 'Duration' | 'RemovalPolicy' | 'RetentionDays' | 'Size';
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

/** Units at the end of a setting's name. */
const units: readonly (Form & { readonly suffix: string; readonly replacedBy: string })[] = [
  {
    suffix: 'Seconds',
    replacedBy: '',
    type: 'Duration',
    read: (prop) => (prop as Duration).toSeconds(),
    write: (value) => Duration.seconds(value as number),
    code: (value) => `Duration.seconds(${String(value)})`,
  },
  {
    suffix: 'Days',
    replacedBy: '',
    type: 'Duration',
    read: (prop) => (prop as Duration).toDays(),
    write: (value) => Duration.days(value as number),
    code: (value) => `Duration.days(${String(value)})`,
  },
  {
    suffix: 'Megabytes',
    replacedBy: 'Size',
    type: 'Size',
    read: (prop) => (prop as Size).toMebibytes(),
    write: (value) => Size.mebibytes(value as number),
    code: (value) => `Size.mebibytes(${String(value)})`,
  },
  {
    suffix: 'Bytes',
    replacedBy: 'Size',
    type: 'Size',
    read: (prop) => (prop as Size).toBytes(),
    write: (value) => Size.bytes(value as number),
    code: (value) => `Size.bytes(${String(value)})`,
  },
];

/** Settings whose property has another name or type, by the conventions of the CDK. */
const conventions: Readonly<Record<string, Omit<SettingProp, 'setting'>>> = {
  'tables.deletionProtection': { ...asIs, prop: 'deletionProtection' },
  'tables.keepOnDelete': {
    prop: 'removalPolicy',
    type: 'RemovalPolicy',
    read: (prop) => prop !== RemovalPolicy.DESTROY,
    write: (value) => (value === true ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY),
    code: (value) => (value === true ? 'RemovalPolicy.RETAIN' : 'RemovalPolicy.DESTROY'),
  },
  servedTimeWindows: { ...asIs, prop: 'servedWindows' },
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
export function readProps(
  props: object,
  others: Readonly<Record<string, unknown>>,
): SettingsReading & { readonly settings: Settings } {
  const issues: string[] = [];
  const given: Record<string, unknown> = { ...others, stage: 'prod' };
  const tokens: [path: string, value: unknown][] = [];
  for (const { setting, prop, read } of settingProps) {
    const value = valueAt(prop, props);
    if (value === undefined) continue;
    const standIn = holdsToken(value) ? standIns[setting] : undefined;
    if (standIn !== undefined) tokens.push([setting, value]);
    try {
      given[setting] = standIn ?? read(value);
    } catch (thrown) {
      issues.push(`${prop}: ${(thrown as Error).message}`);
    }
  }
  for (const path of unknownPaths(props)) {
    issues.push(`${path} is not a property; the nearest one is ${nearest(path, knownPaths)}`);
  }
  const { settings, issues: found } = readSettings(given);
  const checked = structuredClone(settings) as unknown as Record<string, unknown>;
  for (const [path, value] of tokens) setAt(checked, path, value);
  return { settings: checked as unknown as Settings, issues: [...issues, ...found.map(withPropNames)] };
}

/** Names that the construct itself reads. */
export const ownProps = ['source', 'windows', 'name', 'alarms.topic'];
const knownPaths = new Set([...settingProps.map(({ prop }) => prop), ...ownProps]);

function unknownPaths(props: object): readonly string[] {
  const groups = new Set([...knownPaths].flatMap((path) => path.split('.').slice(0, -1).map(prefixAt(path))));
  const visit = (value: object, prefix: string): readonly string[] =>
    Object.entries(value).flatMap(([name, inner]: [string, unknown]) => {
      const path = `${prefix}${name}`;
      if (inner === undefined || knownPaths.has(path)) return [];
      const isGroup = groups.has(path) && typeof inner === 'object' && inner !== null;
      return isGroup ? visit(inner, `${path}.`) : [path];
    });
  return visit(props, '');
}

const prefixAt = (path: string) => (_: string, depth: number) =>
  path
    .split('.')
    .slice(0, depth + 1)
    .join('.');

/** Messages name settings, but the user of the construct knows the properties. */
function withPropNames(message: string): string {
  const named = [...settingProps, { setting: 'timeWindows', prop: 'windows' }];
  return named
    .filter(({ setting, prop }) => setting !== prop)
    .reduce((text, { setting, prop }) => text.replaceAll(setting, prop), message);
}

function holdsToken(value: unknown): boolean {
  return Array.isArray(value) ? value.some((item) => Token.isUnresolved(item)) : Token.isUnresolved(value);
}
