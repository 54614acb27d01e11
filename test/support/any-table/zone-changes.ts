/**
 * Changes of the windows' time zone, and rows near the ends of its days and months. What a register must hold
 * after each change is written by hand.
 */
import { createMapping, type Mapping } from '../../../src/counting/mapping.ts';
import { type CreatedAt } from '../../../src/counting/time-window.ts';
import type { Content, Shape } from './shapes.ts';
import { shapes } from './shapes.ts';
import type { ZoneChange } from './world.ts';

export const zoneShape = shapes['the default key, with updates'] as Shape;

/** What a register holds in each zone, by the date of its row. */
const texts = {
  // The next day and month in London.
  '2022-07-31T23:30:00Z': {
    UTC: '2022-07-31T23:30:00Z',
    'Europe/London': '2022-08-01T00:30:00+01:00',
    'America/Sao_Paulo': '2022-07-31T20:30:00-03:00',
    'new data': '2022-08-01T01:30:00+02:00',
  },
  // The day and month before in São Paulo.
  '2022-09-01T02:00:00Z': {
    UTC: '2022-09-01T02:00:00Z',
    'Europe/London': '2022-09-01T03:00:00+01:00',
    'America/Sao_Paulo': '2022-08-31T23:00:00-03:00',
    'new data': '2022-09-01T04:00:00+02:00',
  },
  // With the new data, the next day and month in London.
  '2022-08-31T22:30:00Z': {
    UTC: '2022-08-31T22:30:00Z',
    'Europe/London': '2022-08-31T23:30:00+01:00',
    'America/Sao_Paulo': '2022-08-31T19:30:00-03:00',
    'new data': '2022-09-01T00:30:00+02:00',
  },
  // In winter, London has the text of UTC.
  '2022-01-15T12:00:00Z': {
    UTC: '2022-01-15T12:00:00Z',
    'Europe/London': '2022-01-15T12:00:00Z',
    'America/Sao_Paulo': '2022-01-15T09:00:00-03:00',
    'new data': '2022-01-15T12:00:00Z',
  },
} as const;

export type DateOfRow = keyof typeof texts;
export const datesOfRows = Object.keys(texts) as readonly DateOfRow[];
type ZoneName = keyof (typeof texts)[DateOfRow];

/** Old zone and new zone. */
export const zoneChanges = {
  'from UTC to London': ['UTC', 'Europe/London'],
  'from London to São Paulo': ['Europe/London', 'America/Sao_Paulo'],
  'from São Paulo to UTC': ['America/Sao_Paulo', 'UTC'],
  'to new data of its zone': ['Europe/London', 'new data'],
} as const satisfies Readonly<Record<string, readonly [ZoneName, ZoneName]>>;
export type ZoneChangeName = keyof typeof zoneChanges;

/** A date whose day and month the change moves. */
export const movedBy: Readonly<Record<ZoneChangeName, DateOfRow>> = {
  'from UTC to London': '2022-07-31T23:30:00Z',
  'from London to São Paulo': '2022-07-31T23:30:00Z',
  'from São Paulo to UTC': '2022-09-01T02:00:00Z',
  'to new data of its zone': '2022-08-31T22:30:00Z',
};

export function zoneChangeOf(name: ZoneChangeName): ZoneChange {
  const [before, after] = zoneChanges[name];
  return { before: mappingIn(before), after: mappingIn(after) };
}

/** A row with that date counts, as the new zone says. */
export function markedAt(date: DateOfRow, restaurant: string, name: ZoneChangeName): Content {
  const attributes = { created_at: { S: date } };
  return { attributes, restaurant, verdict: 'counts', since: texts[date][zoneChanges[name][1]] };
}

function mappingIn(zone: ZoneName): Mapping {
  if (zone !== 'new data') return createMapping(zoneShape.source, zone);
  const known = createMapping(zoneShape.source, 'Europe/London');
  const renewed = new Map<string, string>(
    Object.values(texts).map((text) => [text['Europe/London'], text['new data']]),
  );
  const readImage: Mapping['readImage'] = (key, image) => {
    const row = known.readImage(key, image);
    if (row.kind !== 'countable') return row;
    return { ...row, createdAt: (renewed.get(row.createdAt) ?? row.createdAt) as CreatedAt };
  };
  return { ...known, readImage, readRow: (item) => readImage(known.readKey(item), item) };
}
