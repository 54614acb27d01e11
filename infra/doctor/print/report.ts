/** The report of the doctor as text. No line of it holds an id, except under `Examples`. */
import type { Source } from '../../../src/counting/source/source.ts';
import { alignColumns, count, plural, printable } from '../../command-line/text.ts';
import type { Check } from '../check.ts';
import { type Obstacles, viewTypesFor } from '../obstacles.ts';
import { type Kind, nameOf } from '../profile/kinds.ts';
import { isKnownWord } from '../profile/words.ts';
import type { Finding, Proposal, Proposed } from '../propose/proposal.ts';
import type { SampleRead } from '../read/read-sample.ts';
import type { TableFacts } from '../read/table-facts.ts';
import { describeIds } from './id-forms.ts';
import { bullets, bytes, percent, section } from './lines.ts';

const KINDS_SHOWN_MAX = 12;

export function tableSection(facts: TableFacts): string {
  const { key, stream, timeToLive, kmsKeyArn } = facts;
  const roles = ['partition key', 'sort key'];
  const shards = !stream?.openShards ? '' : `, ${plural(stream.openShards, 'open shard')}`;
  const rows = [
    ['key', key.map(({ name, type }, at) => `${name} (${type}, ${roles[at]})`).join(', ')],
    [
      'size',
      `${plural(facts.items, 'item')}, ${bytes(facts.sizeBytes)}, as DynamoDB says (hours old on AWS)`,
    ],
    ['stream', stream === undefined ? 'none' : `${stream.viewType}${shards}`],
    [
      'time to live',
      timeToLive === undefined ? 'off' : `${timeToLive.attribute}, ${timeToLive.status.toLowerCase()}`,
    ],
    ['encryption', kmsKeyArn ?? 'with the key that AWS owns'],
    ['billing', `${facts.billing}${facts.isProtected ? ', protected against deletion' : ''}`],
    ...(facts.replicas.length > 0 ? [['replicas', facts.replicas.join(', ')]] : []),
  ];
  const text = alignColumns(rows, ['text', 'text']).split('\n');
  return section(`Table ${facts.tableName} ${facts.where}`, text.map(printable));
}

export function sampleSection({ items, readUnits, isWhole }: SampleRead, kinds: readonly Kind[]): string {
  const shown = kinds.slice(0, KINDS_SHOWN_MAX);
  const rest = kinds.slice(KINDS_SHOWN_MAX).reduce((sum, { rows }) => sum + rows.length, 0);
  const rows = [
    ...shown.map(({ forms, rows: own }) => [
      forms.join('  '),
      count(own.length),
      percent(own.length, items.length),
    ]),
    ...(rest > 0 ? [['other kinds', count(rest), percent(rest, items.length)]] : []),
  ];
  const whole = isWhole ? 'all rows' : 'rows from random segments';
  const read = `${plural(items.length, 'row')} (${whole}; ${plural(readUnits, 'read unit')})`;
  const title = `Kinds of item in the sample: ${read}`;
  const lines = items.length === 0 ? ['none'] : alignColumns(rows, ['text', 'number', 'number']).split('\n');
  return section(title, lines);
}

/** What the rows that the doctor takes for favourites hold. */
export function favouritesSection({ kind, ids, flags, source }: Proposal): string {
  const inRows = [...ids.inKey, ...ids.inAttributes].map(({ place, values, aliases }) => {
    const where =
      place.at === undefined
        ? place.attribute
        : `${source.key[place.at]?.name}${place.part === undefined ? '' : `, part ${place.part + 1}`}`;
    const also = aliases.length === 0 ? '' : `; repeated in ${aliases.join(', ')}`;
    return [`id in ${where}`, describeIds(values) + also];
  });
  const dates = ids.columns.flatMap(({ name, dates: found, present, rows }) =>
    found === undefined
      ? []
      : [
          [
            `date in ${name}`,
            shares(found.forms, present) +
              (present === rows ? '' : `; ${percent(present, rows)} of the rows have it`),
          ],
        ],
  );
  const lines = alignColumns([...inRows, ...dates, ...flagRows(flags)], ['text', 'text'])
    .split('\n')
    .map(printable);
  return section(`Taken for favourites: ${nameOf(kind)}`, lines);
}

function shares(forms: readonly (readonly [string, number])[], present: number): string {
  return forms
    .slice(0, 4)
    .map(([form, own]) => `${form} ${percent(own, present)}`)
    .join(', ');
}

/**
 * Shares of the flag's values. Only 0, 1, true, false and known words are shown, because others may be ids.
 */
function flagRows(flags: Proposal['flags']): readonly (readonly string[])[] {
  return flags.map(({ condition: { attribute, exists }, column }) => {
    const { present, rows, fewValues = [] } = column;
    const values = fewValues.flatMap(({ type, value, rows: own }) =>
      isSayable(value) ? [`${type} ${JSON.stringify(value)} ${percent(own, rows)}`] : [],
    );
    const absent = present === rows ? [] : [`absent ${percent(rows - present, rows)}`];
    const own = values.length > 0 && exists === undefined ? values : [`set ${percent(present, rows)}`];
    return [`flag ${attribute}`, [...own, ...absent].join(', ')];
  });
}

function isSayable(value: string | boolean | undefined): boolean {
  return (
    typeof value === 'boolean' || (typeof value === 'string' && (/^[01]$/.test(value) || isKnownWord(value)))
  );
}

export const jsonFence = { begin: '```json', end: '```' } as const;

export function settingsSection(source: Source, findings: readonly Finding[]): string {
  const [sure, guesses] = [findings.filter(({ isSure }) => isSure), findings.filter(({ isSure }) => !isSure)];
  const listed = (title: string, some: readonly Finding[]) =>
    some.length === 0 ? [] : [section(title, bullets(some.map(({ member, text }) => `${member}: ${text}`)))];
  return [
    'Settings to use',
    `${jsonFence.begin}\n${JSON.stringify(source, undefined, 2)}\n${jsonFence.end}`,
    ...listed('Sure', sure),
    ...listed('Guessed; please check', guesses),
  ].join('\n');
}

export function checkSection(title: string, check: Check, source: Source): string {
  const { total, rows } = check;
  const tallies = [
    ['count', total.counts],
    ['do not count now', total.doesNotCount],
    ['are other kinds of item', total.otherKind],
    ['are rejected', total.rejected],
  ] as const;
  const lines = alignColumns(
    tallies.map(([text, own]) => [count(own), percent(own, rows), text]),
    ['number', 'number', 'text'],
  ).split('\n');
  const reasons = check.rejections.map(
    ({ reason, rows: own, detail }) => `${plural(own, 'row')}: ${reason}, for example: ${printable(detail)}`,
  );
  return section(title, [
    ...lines,
    ...bullets(reasons),
    `These settings need a stream with ${viewTypesFor(source)}.`,
  ]);
}

export function obstaclesSection({ blocks, notes }: Obstacles): string {
  const inTheWay = section('What stands in the way', blocks.length === 0 ? ['nothing'] : bullets(blocks));
  return notes.length === 0 ? inTheWay : `${inTheWay}\n\n${section('Good to know', bullets(notes))}`;
}

/** The members in which a given description differs from the proposed one. */
export function differenceSection(given: Source, proposed: Proposed): string {
  const title = 'What the doctor would propose instead';
  if (proposed.kind === 'none') return section(title, [`nothing: ${proposed.reason}`]);
  const { source } = proposed.proposal;
  const members = ['key', 'restaurant', 'user', 'createdAt', 'countedWhen', 'updates'] as const;
  const different = members.filter((name) => JSON.stringify(given[name]) !== JSON.stringify(source[name]));
  const lines = different.map((name) => `${name}: ${JSON.stringify(source[name]) ?? 'left out'}`);
  return section(title, lines.length === 0 ? ['nothing: it would propose the same'] : bullets(lines));
}
