/** Guesses the time zone in which dates without an offset were written. */
import { member } from '../../../src/counting/source/attributes.ts';
import { instantOf, UTC } from '../../../src/counting/time-zone.ts';
import type { Column } from '../profile/columns.ts';
import { shareOf } from '../profile/sample.ts';

export interface ZoneGuess {
  readonly zone: string;
  readonly isSure: boolean;
  readonly why: string;
}

/** A local time, as if it were in UTC, and its instant. */
interface Evidence {
  readonly localMs: number;
  readonly atMs: number;
}

const OFFSET = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}:\d{2})(?:\.\d+)? ?([+-])(\d{2}):?(\d{2})?$/;
const MINUTE_MS = 60_000;
/** Enough to see both offsets of a zone with summer time, and fast with 600 zones. */
const EVIDENCE_MAX = 60;
const EVIDENCE_MIN = 5;
/** Zones that stand for many others with the same clocks. */
const usual = [
  UTC,
  ...['Europe/London', 'Europe/Berlin', 'Europe/Athens', 'Europe/Moscow', 'America/New_York'],
  ...['America/Chicago', 'America/Denver', 'America/Los_Angeles', 'America/Sao_Paulo', 'Asia/Kolkata'],
  ...['Asia/Shanghai', 'Asia/Tokyo', 'Australia/Sydney'],
];

export function guessZone(column: Column, columns: readonly Column[]): ZoneGuess {
  const advice =
    'Put the right zone here: with a wrong one, favourites near midnight count on the wrong day.';
  const own = ownEvidence(column);
  const beside =
    own.length >= EVIDENCE_MIN ? undefined : columns.flatMap((other) => evidenceBeside(column, other));
  const evidence = own.length >= EVIDENCE_MIN ? own : (beside ?? []);
  if (evidence.length < EVIDENCE_MIN) {
    return { zone: UTC, isSure: false, why: `Its times have no offset, so UTC is a guess. ${advice}` };
  }
  const fitting = zonesThatFit(evidence);
  const [zone] = fitting;
  if (zone === undefined) {
    return { zone: UTC, isSure: false, why: `No time zone fits its offsets, so UTC is a guess. ${advice}` };
  }
  const from = own.length >= EVIDENCE_MIN ? 'the offsets of other rows' : 'the other dates of the same rows';
  const others = fitting.length - 1;
  const also = others === 0 ? '' : `, and so do ${others} other zones`;
  return { zone, isSure: false, why: `${zone} fits ${from}${also}. ${advice}` };
}

function ownEvidence({ values }: Column): readonly Evidence[] {
  return values.flatMap((value) => {
    const [, date, time, sign, hours, minutes = '00'] = OFFSET.exec(String(member(value, 'S'))) ?? [];
    if (sign === undefined) return [];
    const ahead = (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -1 : 1);
    // A server in another zone may write UTC beside local times.
    if (ahead === 0) return [];
    const localMs = Date.parse(`${date}T${time}Z`);
    return [{ localMs, atMs: localMs - ahead * MINUTE_MS }];
  });
}

/**
 * Evidence from another attribute that holds instants, such as an update time in UTC. It counts if most rows
 * have the two a multiple of 15 minutes apart, as offsets are.
 */
function evidenceBeside(column: Column, other: Column): readonly Evidence[] {
  if (other === column || other.dates === undefined || /^(?:sql|date)$/.test(other.dates.format)) return [];
  const pairs = column.values.flatMap((value, row): Evidence[] => {
    const localMs = column.dates?.instantOf(value);
    const atMs = other.dates?.instantOf(other.values[row]);
    return localMs === undefined || atMs === undefined ? [] : [{ localMs, atMs }];
  });
  const isAligned = ({ localMs, atMs }: Evidence) => {
    const apart = (localMs - atMs) / MINUTE_MS;
    return Math.abs(apart) <= 15 * 60 && Math.abs(apart - Math.round(apart / 15) * 15) < 0.1;
  };
  const aligned = pairs.filter(isAligned);
  return aligned.length >= pairs.length * 0.8 ? aligned : [];
}

function zonesThatFit(evidence: readonly Evidence[]): readonly string[] {
  const step = Math.max(1, Math.floor(evidence.length / EVIDENCE_MAX));
  const some = evidence.filter((_, at) => at % step === 0);
  const all = [...new Set([...usual, ...Intl.supportedValuesOf('timeZone')])];
  // An hour that occurs twice may be the second one, which does not fit.
  return all.filter((zone) => {
    const fits = ({ localMs, atMs }: Evidence) => Math.abs(instantOf(localMs, zone) - atMs) < MINUTE_MS;
    return shareOf(some, fits) >= 0.95;
  });
}
