/** What stands in the way of counting the table, and what else to know before deploying. */
import { hasImages, needsNewImage, needsOldImage, type Source } from '../../src/counting/source/source.ts';
import { keyText } from '../../src/counting/source/row-key.ts';
import { plural } from '../command-line/text.ts';
import type { Check } from './check.ts';
import { type Kind, nameOf } from './profile/kinds.ts';
import { hasWord } from './profile/words.ts';
import { percent } from './print/lines.ts';
import type { TableFacts } from './read/table-facts.ts';

export interface Obstacles {
  /** Must be solved first. */
  readonly blocks: readonly string[];
  readonly notes: readonly string[];
}

/** Fewer rows of favourites than this prove little. */
const ROWS_MIN = 50;
/** A description that rejects more of its rows is wrong, or the rows are. */
const REJECTED_SHARE_MAX = 0.1;

export function findObstacles({
  facts,
  source,
  check,
  kind,
  problems,
}: {
  readonly facts: TableFacts;
  readonly source: Source;
  readonly check: Check;
  /** The kind of item that holds the favourites; undefined if none was found. */
  readonly kind: Kind | undefined;
  readonly problems: readonly string[];
}): Obstacles {
  const [found, expected] = [keyText(facts.key), keyText(source.key)];
  const blocks = [
    ...(found === expected
      ? []
      : [`The key of the table is ${found}, but the settings describe ${expected}: correct key.`]),
    ...streamBlocks(facts, source),
    ...problems.map((problem) => `${problem}.`),
    ...(facts.replicas.length === 0
      ? []
      : [
          `It is a global table, with replicas in ${facts.replicas.join(', ')}. Each replica has its own ` +
            'stream. Counting works only if all writes come from one region: deploy there.',
        ]),
    ...rejectedBlocks(check, kind),
    ...(check.total.counts > 0 ? [] : ['No row of the sample counts with these settings.']),
  ];
  // With a wrong key every row is rejected, which says nothing about the rows.
  const rows = found === expected ? rowNotes(check, kind) : [];
  return { blocks, notes: [...rows, ...tableNotes(facts, source)] };
}

/** Rejected rows of other kinds are only a note. */
function rejectedBlocks(check: Check, kind: Kind | undefined): readonly string[] {
  const own = check.byKind.find(([one]) => isSame(one, kind));
  const rejected = own?.[1].rejected ?? check.total.rejected;
  const rows = own?.[0].rows.length ?? check.rows;
  if (rejected <= rows * REJECTED_SHARE_MAX) return [];
  const which = own === undefined ? 'rows' : 'rows of favourites';
  return [`${percent(rejected, rows)} of the ${which} are rejected: see the reasons above.`];
}

export function viewTypesFor(source: Source): string {
  if (needsOldImage(source)) return 'NEW_AND_OLD_IMAGES';
  return needsNewImage(source) ? 'NEW_IMAGE or NEW_AND_OLD_IMAGES' : 'any, best NEW_AND_OLD_IMAGES';
}

function streamBlocks({ stream, tableName }: TableFacts, source: Source): readonly string[] {
  const wanted =
    needsOldImage(source) || !needsNewImage(source) ? 'NEW_AND_OLD_IMAGES' : viewTypesFor(source);
  const enable =
    `aws dynamodb update-table --table-name ${tableName} --stream-specification ` +
    'StreamEnabled=true,StreamViewType=NEW_AND_OLD_IMAGES';
  if (stream === undefined) return [`It has no stream. Enable one: ${enable}`];
  const { viewType } = stream;
  if (hasImages(viewType, source)) return [];
  return [
    `Its stream has the view type ${viewType}, but these settings need ${wanted}. Disable the stream, ` +
      `then enable a new one: ${enable}`,
  ];
}

function isSame(a: Kind, b: Kind | undefined): boolean {
  return a.forms.join('\n') === b?.forms.join('\n');
}

function rowNotes(check: Check, kind: Kind | undefined): readonly string[] {
  const own = check.byKind.find(([one]) => isSame(one, kind))?.[1];
  const isFew = own !== undefined && kind !== undefined && kind.rows.length < ROWS_MIN;
  const others = check.byKind.filter(
    ([one, { counts }]) => kind !== undefined && !isSame(one, kind) && counts > 0,
  );
  return [
    ...(isFew
      ? [`Only ${plural(kind.rows.length, 'row')} of favourites: too small a sample to be sure of anything.`]
      : []),
    ...others.map(
      ([one, { counts }]) =>
        `${plural(counts, 'row')} of the kind ${nameOf(one)} count too. If they are no favourites, ` +
        'tell them apart by countedWhen or by a literal.',
    ),
    ...check.byKind.flatMap(([one, { rejected }]) =>
      kind === undefined || isSame(one, kind) || rejected === 0
        ? []
        : [
            `${plural(rejected, 'row')} of the kind ${nameOf(one)} fit the patterns too, and are rejected. ` +
              'Each write of such a row becomes a dead letter. If you can, give these rows another key.',
          ],
    ),
    ...leftOut(check, kind).map(
      (one) =>
        `${plural(one.rows.length, 'row')} of the kind ${nameOf(one)} sound like favourites, but are not ` +
        'counted: one description counts one kind.',
    ),
    ...(check.duplicates === 0
      ? []
      : [
          `${plural(check.duplicates, 'row')} have the same user and restaurant as another row: both ` +
            'count. If each user must count only once, make the two ids the key of the table.',
        ]),
  ];
}

/** Other kinds of item with a literal that names favourites, none of which counts. */
function leftOut(check: Check, kind: Kind | undefined): readonly Kind[] {
  return check.byKind.flatMap(([one, { counts }]) => {
    const isNamed = one.literals.some(({ literal }) => hasWord(literal, 'favourite'));
    const isConstant = one.literals.some(({ isAll }) => isAll);
    return kind !== undefined && !isSame(one, kind) && counts === 0 && isNamed && !isConstant ? [one] : [];
  });
}

function tableNotes(facts: TableFacts, source: Source): readonly string[] {
  const { timeToLive, kmsKeyArn, stream, kinesisStreams, denied } = facts;
  const isSmall = stream !== undefined && !needsOldImage(source) && stream.viewType === 'NEW_IMAGE';
  return [
    ...(isSmall ? ['Without old images each un-mark is billed twice; NEW_AND_OLD_IMAGES avoids that.'] : []),
    ...(timeToLive === undefined
      ? []
      : [
          `Rows expire by ${timeToLive.attribute}. When DynamoDB deletes an expired row, which may take ` +
            'days, the row leaves the counts.',
        ]),
    ...(kmsKeyArn === undefined
      ? []
      : [
          `It is encrypted with ${kmsKeyArn}. If that is a key of your own (aws kms describe-key says ` +
            'KeyManager CUSTOMER), set existingFavourites.keyArn to it.',
        ]),
    ...(kinesisStreams === 0
      ? []
      : [
          `It also writes to ${plural(kinesisStreams, 'Kinesis data stream')}; these do not read the stream.`,
        ]),
    ...(stream === undefined ? [] : [readersNote(stream.arn)]),
    ...(denied.length === 0 ? [] : [`Not known, because AWS refused: ${denied.join(', ')}.`]),
  ];
}

function readersNote(arn: string): string {
  return (
    'DynamoDB does not say who reads a stream. More than two readers of a shard throttle each other, and ' +
    `this stack is one. Count them: aws lambda list-event-source-mappings --event-source-arn ${arn} and ` +
    `aws pipes list-pipes --source-prefix ${arn}`
  );
}
