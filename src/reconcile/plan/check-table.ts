/** Compares the live table of favourites with the settings, so that a run says at once what is wrong. */
import { keyText } from '../../counting/source/row-key.ts';
import { hasImages, needsOldImage, type Source } from '../../counting/source/source.ts';
import type { TableFacts } from '../../tables/dynamodb/describe-table.ts';

export interface TableFindings {
  /** Why the rows cannot be read. */
  readonly key: readonly string[];
  /** Why later changes of rows would not be counted, although the rows themselves can be read. */
  readonly stream: readonly string[];
  /** What works, but costs more than necessary. */
  readonly notes: readonly string[];
}

export function checkTable(
  { key, stream }: TableFacts,
  { source, streamArn }: { readonly source: Source; readonly streamArn: string },
): TableFindings {
  const [found, expected] = [keyText(key), keyText(source.key)];
  const keyIssue =
    `its key is ${found}, but the setting source describes ${expected}: correct source, or deploy with the ` +
    'table that has this key';
  return {
    key: found === expected ? [] : [keyIssue],
    stream: streamIssues(stream, { source, streamArn }),
    notes: notesOn(stream, source),
  };
}

function streamIssues(
  stream: TableFacts['stream'],
  { source, streamArn }: { readonly source: Source; readonly streamArn: string },
): readonly string[] {
  const wanted = needsOldImage(source) ? 'NEW_AND_OLD_IMAGES' : 'NEW_IMAGE or NEW_AND_OLD_IMAGES';
  if (stream === undefined) {
    return [
      `it has no stream, and the pipe reads ${streamArn}: enable a stream with ${wanted}, and deploy with ` +
        'its ARN',
    ];
  }
  const issues: string[] = [];
  if (!hasImages(stream.viewType, source)) {
    issues.push(
      `its stream has the view type ${stream.viewType}, but the records need ${wanted}: disable the ` +
        'stream, enable it with that view type, and deploy with its new ARN',
    );
  }
  if (stream.arn !== streamArn) {
    issues.push(
      `its stream is ${stream.arn}, but the pipe reads ${streamArn}: deploy with the stream of the table ` +
        'in existingFavourites.streamArn',
    );
  }
  return issues;
}

/** The old image predicts what a register counts. Without it, the first transaction of an un-mark fails. */
function notesOn(stream: TableFacts['stream'], source: Source): readonly string[] {
  if (stream === undefined || !hasImages(stream.viewType, source)) return [];
  if (stream.viewType === 'NEW_AND_OLD_IMAGES' || stream.viewType === 'OLD_IMAGE') return [];
  return [
    `The stream has the view type ${stream.viewType}. That is enough, but each un-mark costs one failed ` +
      'condition; NEW_AND_OLD_IMAGES avoids it.',
  ];
}
