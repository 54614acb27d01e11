import { describe, expect, it } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { readCounterFile } from '../../../infra/shadow/read/counter-file.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

async function read(content: string | Buffer) {
  using directory = temporaryDirectory();
  const path = join(directory.path, 'likes.csv');
  writeFileSync(path, content);
  try {
    return Object.fromEntries(await readCounterFile(path));
  } catch (error) {
    return (error as Error).message.replaceAll(path, 'FILE');
  }
}

describe('--counter-file', () => {
  it('reads counts by restaurant, with either order of the columns', async () => {
    expect(await read('restaurant_id,count\nr1,3\n"a,b",-2\n')).toEqual({ r1: 3, 'a,b': -2 });
    expect(await read('count;restaurant_id\r\n12;r1\r\n\r\n')).toEqual({ r1: 12 });
    expect(await read(gzipSync('restaurant_id,count\nr1,3'))).toEqual({ r1: 3 });
  });

  it.each([
    ['', 'FILE:1: the file is empty; its first line must be restaurant_id,count'],
    ['restaurant_id,count\n', 'FILE has no rows. Give a file with one row a restaurant.'],
    ['id,likes\nr1,3\n', "FILE:1: the header is 'id', 'likes'; write restaurant_id,count"],
    [
      'restaurant_id,count\nr1,many\n',
      "FILE:2: count 'many' is not a whole number; write digits only, such as 1234",
    ],
    [
      'restaurant_id,count\nr1,1.5\n',
      "FILE:2: count '1.5' is not a whole number; write digits only, such as 1234",
    ],
    ['restaurant_id,count\nr1\n', 'FILE:2: 1 field where the header has 2; write restaurant_id,count'],
    ['restaurant_id,count\n,1\n', 'FILE:2: restaurant_id is empty; give every row an id'],
    ['restaurant_id,count\nr1,1\nr1,1\n', "FILE:3: restaurant_id 'r1' has a row already; keep one of them"],
    ['restaurant_id,count\n\nr1,1\n', 'FILE:3: line 2 above this row is empty; remove it'],
  ])('refuses %j', async (content, message) => {
    expect(await read(content)).toBe(message);
  });

  it('names each bad row, also one that is not UTF-8', async () => {
    const content = Buffer.concat([
      Buffer.from('restaurant_id,count\nr1,x\nr'),
      Buffer.from([0xff, 0x2c, 0x31]),
    ]);
    expect(await read(content)).toBe(
      "FILE:2: count 'x' is not a whole number; write digits only, such as 1234\n" +
        'FILE:3: bytes that are not UTF-8; save the file as UTF-8',
    );
  });
});
