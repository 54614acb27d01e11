import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { stepsOf } from '../shapes/answers.ts';

/** The items that a table of the shape holds in the end, in DynamoDB's JSON. */
export function itemsOf(shape: string): readonly object[] {
  const rows = new Map(stepsOf(shape).map(({ row, write }) => [row, write]));
  return [...rows.values()].flatMap((write) => ('put' in write ? [write.put] : []));
}

/** Writes an export of DynamoDB to S3 as AWS does. @returns the folder of the export */
export function writeExport(
  parent: string,
  items: readonly object[],
  { files = 3, name = '01693685827463-2d8752fd' } = {},
): string {
  const folder = join(parent, 'AWSDynamoDB', name);
  mkdirSync(join(folder, 'data'), { recursive: true });
  const list: string[] = [];
  for (let file = 0; file < files; file += 1) {
    const part = items.filter((_, at) => at % files === file);
    const lines = part.map((Item) => `${JSON.stringify({ Item })}\n`);
    const key = `data/part${file}.json.gz`;
    writeFileSync(join(folder, key), gzipSync(lines.join('')));
    list.push(JSON.stringify({ itemCount: part.length, dataFileS3Key: `AWSDynamoDB/${name}/${key}` }));
  }
  writeFileSync(join(folder, 'manifest-files.json'), `${list.join('\n')}\n`);
  writeFileSync(join(folder, 'manifest-summary.json'), JSON.stringify({ outputFormat: 'DYNAMODB_JSON' }));
  writeFileSync(join(folder, '_started'), '');
  return folder;
}
