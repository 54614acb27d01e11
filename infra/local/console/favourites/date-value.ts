/** Writes an instant as the date of a row, in the format of its source. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { DateAttribute } from '../../../../src/counting/source/source.ts';
import { localText, UTC } from '../../../../src/counting/time-zone.ts';

/** @param timeZone of the windows: a bare date is the day there */
export function dateValue(
  { format, zone = UTC }: DateAttribute,
  { atMs, timeZone }: { readonly atMs: number; readonly timeZone: string },
): AttributeValue {
  switch (format) {
    case 'rfc3339':
      return { S: new Date(atMs).toISOString() };
    case 'sql':
      // With its offset, because an hour occurs twice when clocks go back.
      return { S: localTextOf(atMs, zone).replace('T', ' ') };
    case 'date':
      return { S: localTextOf(atMs, timeZone).slice(0, 'yyyy-mm-dd'.length) };
    case 'epoch-seconds':
      return { N: String(Math.floor(atMs / 1000)) };
    case 'epoch-milliseconds':
      return { N: String(atMs) };
  }
}

function localTextOf(atMs: number, zone: string): string {
  return localText(atMs, `.${String(atMs % 1000).padStart(3, '0')}`, zone) ?? '';
}
