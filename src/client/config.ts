/** What the client must know about a deployment: the text that the construct calls `clientConfig`. */
import { parseRankingSettings, type RankingSettings } from '../counting/ranking.ts';
import { parseTimeWindowSettings, type WindowSettings } from '../counting/time-window.ts';
import { isTimeZone } from '../counting/time-zone.ts';
import { BadInputError } from './bad-input.ts';

/** As JSON, in an environment variable of the application. */
export interface ClientConfig {
  readonly version: typeof VERSION;
  readonly countsTable: string;
  /** Absent if the table of favourites does not have the default shape. */
  readonly favouritesTable?: string;
  /** The number of shards to read. */
  readonly rankingShards: number;
  /** Such as `ALL_TIME:100,DAY:off`; absent if every window is ranked. Older clients ignore it. */
  readonly ranking?: string;
  /** The windows that are served, such as `MONTH:1130,DAY:62`. */
  readonly timeWindows: string;
  readonly timeZone: string;
}

/** A {@link ClientConfig} that has been checked and parsed. */
export interface ClientSettings extends WindowSettings {
  readonly countsTable: string;
  readonly favouritesTable: string | undefined;
  readonly rankingShards: number;
  readonly ranking: RankingSettings;
}

/** Raise it when an older client would misread the members. An older client may ignore a new member. */
const VERSION = 1;
/** How many characters of a wrong text the message shows. */
const SHOWN_MAX = 60;

/** @param deployed the names of tables may be tokens of the CDK */
export function clientConfigOf(deployed: Omit<ClientConfig, 'version'>): ClientConfig {
  return { version: VERSION, ...deployed };
}

/** @param text undefined if the environment variable is not set. @throws {BadInputError} */
export function parseClientConfig(text: string | undefined): ClientSettings {
  const config = asObject(text);
  if (config['version'] !== VERSION) {
    throw badConfig(
      `has version ${show(config['version'])}, and this client reads version ${VERSION}; install the ` +
        'release of favourite-counts that your stack was deployed with',
    );
  }
  const issues = Object.entries(rules).flatMap(([name, { isValid, expected }]) =>
    isValid(config[name]) ? [] : [`${name} must be ${expected}, not ${show(config[name])}`],
  );
  if (issues.length > 0) {
    throw badConfig(`is damaged: ${issues.join('; ')}. Deploy again, and pass the text unchanged`);
  }
  const {
    countsTable,
    favouritesTable,
    rankingShards,
    ranking = '',
    timeWindows,
    timeZone,
  } = config as unknown as ClientConfig;
  return {
    ...{ countsTable, favouritesTable, rankingShards, timeZone },
    timeWindows: parseTimeWindowSettings(timeWindows),
    ranking: parseRankingSettings(ranking),
  };
}

interface Rule {
  readonly isValid: (value: unknown) => boolean;
  readonly expected: string;
}

/** A table is named by its name, or by its ARN if it is in another account. */
const isTable = (value: unknown): boolean =>
  typeof value === 'string' && /^(?:arn:[\w:/.-]+|[\w.-]{3,255})$/.test(value);

const rules: Readonly<Record<keyof Omit<ClientConfig, 'version'>, Rule>> = {
  countsTable: { isValid: isTable, expected: 'the name of a table' },
  favouritesTable: {
    isValid: (value) => value === undefined || isTable(value),
    expected: 'the name of a table, or absent',
  },
  rankingShards: {
    isValid: (value) => Number.isSafeInteger(value) && (value as number) >= 1,
    expected: 'a whole number from 1',
  },
  ranking: {
    isValid: (value) => value === undefined || isParsed(parseRankingSettings, value),
    expected: 'a ranking such as ALL_TIME:100,DAY:off, or absent',
  },
  timeWindows: {
    isValid: (value) => isParsed(parseTimeWindowSettings, value),
    expected: 'kinds of windows such as MONTH:400,DAY:forever',
  },
  timeZone: {
    isValid: (value) => typeof value === 'string' && isTimeZone(value),
    expected: 'a time zone that this Node knows, such as Europe/London',
  },
};

function isParsed(parse: (text: string) => unknown, value: unknown): boolean {
  try {
    return typeof value === 'string' && parse(value) !== undefined;
  } catch {
    return false;
  }
}

function asObject(text: string | undefined): Readonly<Record<string, unknown>> {
  if (text === undefined || text === '') {
    throw badConfig(
      'is not set: give your function an environment variable such as LIKES: likes.clientConfig, and pass ' +
        'process.env.LIKES',
    );
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    // Reported below.
  }
  if (typeof parsed === 'object' && parsed !== null) return parsed as Readonly<Record<string, unknown>>;
  throw badConfig(`must be the JSON text of clientConfig, unchanged, not ${show(text)}`);
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? 'undefined';
  return text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}…` : text;
}

function badConfig(problem: string): BadInputError {
  return new BadInputError('config', `The config of the client ${problem}.`);
}
