/** The options of the command, and the request that they make together. */
import { defaultSource, type Source } from '../../src/counting/source/source.ts';
import { ALL_TIME, type TimeWindow } from '../../src/counting/time-window.ts';
import { UTC } from '../../src/counting/time-zone.ts';
import { InputError } from '../command-line/input-error.ts';
import {
  endpointOption,
  flagOption,
  type OptionValues,
  textOption,
  wholeNumberOption,
} from '../command-line/parse-command-line.ts';
import { sourceOption } from '../command-line/source-file.ts';
import { timeZoneOption, windowOption } from '../command-line/window-options.ts';
import { type CounterId, counterIdOption } from './counter-id.ts';

/** Several times the usual lag of both sides. */
const GRACE_SECONDS = 10;

export const options = {
  'counts-table': textOption('NAME', 'the countsTable of the construct'),
  window: { ...windowOption, help: windowOption.help.replace('to show', 'to compare') },
  'counter-table': textOption('NAME', 'the table that holds your counter'),
  'counter-id': counterIdOption,
  'counter-attribute': textOption('NAME', 'the attribute of your counter, such as likeCount'),
  'counter-file': textOption('FILE.csv', 'your counter as a file with the columns restaurant_id,count'),
  grace: wholeNumberOption({
    placeholder: 'SECONDS',
    help: `how long to wait before the second reading, 0 to 3600 (default: ${GRACE_SECONDS})`,
    min: 0,
    max: 3_600,
  }),
  recount: flagOption('count the rows of the favourites too, to see which of the two is right'),
  'favourites-table': textOption('NAME', 'the table of favourites, for --recount'),
  source: {
    ...sourceOption,
    help: "the description of its rows (default: that of the construct's own table)",
  },
  'time-zone': { ...timeZoneOption, help: 'for --recount: the time zone of --window (default: UTC)' },
  out: textOption('FILE.csv', 'write all differences to this file'),
  region: textOption('REGION', 'the AWS region of the tables (default: that of your AWS settings)'),
  endpoint: endpointOption('another DynamoDB, such as http://127.0.0.1:8000'),
};

export type Values = OptionValues<typeof options>;

export interface Request {
  readonly countsTable: string;
  readonly window: TimeWindow;
  readonly counter:
    | {
        readonly kind: 'table';
        readonly tableName: string;
        readonly id: CounterId;
        readonly attribute: string;
      }
    | { readonly kind: 'file'; readonly path: string };
  readonly graceSeconds: number;
  readonly recount:
    | { readonly tableName: string; readonly source: Source; readonly timeZone: string }
    | undefined;
}

/** @throws {InputError} naming the option that is missing or does not belong there */
export function requestOf(values: Values): Request {
  const countsTable = values['counts-table'];
  if (countsTable === undefined) {
    throw new InputError('No --counts-table: name the countsTable of the construct (--help explains more).');
  }
  const window = values.window ?? ALL_TIME;
  return {
    countsTable,
    window,
    counter: counterOf(values),
    graceSeconds: values.grace ?? GRACE_SECONDS,
    recount: recountOf(values, window),
  };
}

function counterOf(values: Values): Request['counter'] {
  const tableName = values['counter-table'];
  const { 'counter-id': id, 'counter-attribute': attribute, 'counter-file': path } = values;
  if ((tableName === undefined) === (path === undefined)) {
    throw new InputError('Give your counter either as --counter-table NAME or as --counter-file FILE.csv.');
  }
  if (path !== undefined) {
    if (id === undefined && attribute === undefined) return { kind: 'file', path };
    throw new InputError('--counter-id and --counter-attribute belong to --counter-table; leave them out.');
  }
  if (tableName === undefined || id === undefined || attribute === undefined) {
    throw new InputError(
      "--counter-table needs --counter-id, such as 'PK=REST#{restaurant}', and --counter-attribute, " +
        'such as likeCount.',
    );
  }
  return { kind: 'table', tableName, id, attribute };
}

function recountOf(values: Values, window: TimeWindow): Request['recount'] {
  const { 'favourites-table': tableName, source = defaultSource, 'time-zone': timeZone = UTC } = values;
  if (values.recount !== true) {
    const extra = (['favourites-table', 'source', 'time-zone'] as const).find(
      (name) => values[name] !== undefined,
    );
    if (extra === undefined) return undefined;
    throw new InputError(`--${extra} belongs to --recount; add that, or leave it out.`);
  }
  if (tableName === undefined) {
    throw new InputError(
      '--recount needs --favourites-table NAME, and --source FILE.json for rows of your own.',
    );
  }
  if (window !== ALL_TIME && source.createdAt === 'none') {
    throw new InputError(
      `--window ${window}: the rows of --source have no date, so they count in ALL_TIME only.`,
    );
  }
  return { tableName, source, timeZone };
}
