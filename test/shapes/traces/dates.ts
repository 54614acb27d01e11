/** The dates of the traces, as the applications of the shapes write them, and what is no date to them. */
import { number, pick, text, type Value } from './layout.ts';

/** Instants on both sides of the edges of days and months, in UTC. */
export const instants = {
  lastOfJuly: '2022-07-31T23:59:59.999Z',
  firstOfAugust: '2022-08-01T00:00:00.000Z',
  august: '2022-08-15T12:30:00.000Z',
  lastOfAugust: '2022-08-31T22:30:00.000Z',
  september: '2022-09-01T06:00:00.250Z',
} as const;

export function randomInstant(random: () => number): string {
  if (random() < 0.3) return pick(Object.values(instants), random);
  const from = Date.UTC(2022, 6, 25);
  const days = 45;
  return new Date(from + Math.floor(random() * days * 86_400_000)).toISOString();
}

/** As JavaScript writes it. */
export function rfc3339Date(iso: string): Value {
  return text(iso.replace('.000Z', 'Z'));
}

const offsets = ['+00:00', '-00:00', '+02:00', '-07:00', '+05:45', '+14:00', '-12:00', '-03:30'];

/** With any offset, in either case, and with up to nine decimals. */
export function anyRfc3339Date(iso: string, random: () => number): Value {
  const form = random();
  if (form < 0.2) return text(iso);
  if (form < 0.35) return text(iso.replace('.000Z', 'Z').toLowerCase());
  const offset = pick(offsets, random);
  const decimals = pick(['', iso.slice(19, 23), `${iso.slice(19, 23)}999999`, iso.slice(19, 21)], random);
  return text(`${localTime(iso, offset)}${decimals}${offset}`);
}

/** The date and the time of an instant at that offset, without decimals. */
function localTime(iso: string, offset: string): string {
  const minutes = Number(offset.slice(1, 3)) * 60 + Number(offset.slice(4, 6));
  const ahead = offset.startsWith('-') ? -minutes : minutes;
  return new Date(Date.parse(iso) + ahead * 60_000).toISOString().slice(0, 19);
}

/**
 * A year earlier in Chisinau, whose clocks changed at midnight UTC. In 2021 summer time lasted from 28 March
 * to 31 October, so the dates around here are three hours ahead.
 */
export function sqlDate(iso: string, random: () => number): Value {
  const form = random();
  const instant = iso.replace('2022', '2021');
  const utc = instant.slice(0, 19).replace('T', ' ');
  if (form < 0.1) return text(`${utc}+00`);
  if (form < 0.2) return text(`${utc} UTC`);
  const local = localTime(instant, '+03:00').replace('T', ' ');
  if (form < 0.3) return text(`${local}${instant.slice(19, 23)}+03:00`);
  if (form < 0.4) return text(`${local}+0300`);
  return text(form < 0.7 ? local : `${local}${instant.slice(19, 23)}`);
}

export function bareDate(iso: string): Value {
  return text(iso.slice(0, 10));
}

/** Also with milliseconds as decimals, and as programs print large numbers. */
export function epochSeconds(iso: string, random: () => number): Value {
  const seconds = Date.parse(iso) / 1000;
  const form = random();
  if (form < 0.2) return number(seconds.toExponential().replace('e', 'E'));
  return number(form < 0.6 ? Math.floor(seconds) : seconds);
}

export function epochMilliseconds(iso: string, random: () => number): Value {
  const milliseconds = Date.parse(iso);
  return number(random() < 0.2 ? milliseconds.toExponential().replace('e', 'E') : milliseconds);
}

const noDates: readonly (Value | undefined)[] = [
  ...[undefined, text(''), text('yesterday'), { NULL: true }, { BOOL: true }],
  ...[{ L: [text('2022-08-01T12:00:00Z')] }, { M: { date: text('2022-08-01') } }],
];

export const unreadableDates = {
  rfc3339: [
    ...noDates,
    number(1_659_355_200),
    ...[
      ...['2022-02-30T12:00:00Z', '2023-02-29T12:00:00Z', '2022-13-01T12:00:00Z', '2022-08-01T25:00:00Z'],
      ...['2022-08-01T12:00:61Z', '2022-08-01T12:00:00', '2022-08-01', ' 2022-08-01T12:00:00Z'],
      ...['2022-08-01T12:00:00.Z', '2022-08-01T12:00:00.1234567890Z', '1 August 2022 12:00 UTC'],
    ].map(text),
  ],
  offsets: [
    ...['2022-08-01T12:00:00+24:00', '2022-08-01T12:00:00+01:60', '2022-08-01T12:00:00+0100'],
    ...['2022-08-01T12:00:00+1:00', '9999-12-31T23:59:59-01:00', '2022-08-01T12:00:00 +01:00'],
  ].map(text),
  sql: [
    ...noDates,
    number(20_210_801),
    ...[
      ...['2021-02-29 12:00:00', '2021-08-01 24:00:00', '2021-08-01', '01.08.2021 12:00:00'],
      ...['2021-08-01 12:00', '2021-08-01 12:00:00 EEST', '2021-08-01 12:00:00+25:00'],
    ].map(text),
  ],
  date: [
    ...noDates,
    number(20_220_801),
    ...['2022-02-30', '2022-8-1', '20220801', '2022-08-01T12:00:00Z', '01/08/2022', '2022-08-00'].map(text),
  ],
  epoch: [...noDates, text('2022-08-01T12:00:00Z'), number(0), number(-1_659_355_200)],
  /** Milliseconds, and the first second after the years that are accepted. */
  epochSeconds: [number(1_659_355_200_000), number(Date.UTC(2100, 0, 1) / 1000), number('1E38')],
  /** Seconds, and the last millisecond before the years that are accepted. */
  epochMilliseconds: [number(1_659_355_200), number(Date.UTC(1990, 0, 1) - 1), number('0.5')],
} as const;
