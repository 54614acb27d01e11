/**
 * Describes the rows of a table, and what may be wrong with them. No text holds the id of a row or a user.
 */
import { patternsOf } from '../../counting/source/row-key.ts';
import type { Source } from '../../counting/source/source.ts';
import type { RejectionCount } from '../run.ts';
import type { StageTotals } from '../totals.ts';

interface Rows {
  readonly totals: StageTotals;
  readonly rejections: readonly RejectionCount[];
}

interface Table {
  readonly source: Source;
  readonly favouritesTable: string;
}

/** The shares of the four kinds of rows, the commonest reasons of rejections, and an example of each. */
export function describeRows(
  { totals: { countable, uncounted, notOurs, uncountable }, rejections }: Rows,
  { favouritesTable }: Table,
): string {
  const all = countable + uncounted + notOurs + uncountable;
  if (all === 0) return `Table ${favouritesTable} has no rows.`;
  const share = (rows: number) => `${rows} (${percentOf(rows, all)})`;
  const shares =
    `${share(countable)} count, ${share(uncounted)} do not count, ${share(notOurs)} are other ` +
    `kinds of item, and ${share(uncountable)} are rejected`;
  const reasons = rejections.map(
    ({ reason, count, detail }) => `${count} ${reason} (for example: ${detail})`,
  );
  const because = reasons.length === 0 ? '' : `, for these reasons: ${reasons.join(', ')}`;
  return `Of the ${all} rows of table ${favouritesTable} ${shares}${because}.`;
}

/** What to look at first. */
export function suspicionOf({ totals }: Rows, { source, favouritesTable }: Table): string {
  const { countable, uncounted, notOurs, uncountable } = totals;
  const ours = countable + uncounted + uncountable;
  if (ours + notOurs === 0) {
    return (
      'Perhaps it is the wrong table: a deployment without existingFavourites gives the stack an empty ' +
      'table of its own. Deploy with the table that holds the favourites.'
    );
  }
  if (ours === 0) {
    return (
      `Perhaps the key in the setting source is wrong: no row has a key like ${patternsOf(source)}. ` +
      'Compare it with the table, correct it and deploy.'
    );
  }
  if (uncountable * 2 > ours) {
    return 'Perhaps the setting source describes these attributes wrongly: correct it and deploy.';
  }
  if (uncounted * 2 > ours && source.countedWhen !== undefined) {
    const { attribute } = source.countedWhen;
    return `Perhaps the condition countedWhen of the setting source is wrong: compare it with ${attribute}.`;
  }
  return (
    `Perhaps ${favouritesTable} is another table than the one that was counted, or an older copy of it, ` +
    'or the setting source no longer fits its rows.'
  );
}

/** In whole percent; 0 % means none, and 100 % means all. */
function percentOf(part: number, all: number): string {
  const percent = Math.round((part / all) * 100);
  if (percent === 0 && part > 0) return 'less than 1 %';
  if (percent === 100 && part < all) return 'more than 99 %';
  return `${percent} %`;
}
