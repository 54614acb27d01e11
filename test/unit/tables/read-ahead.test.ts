import { describe, expect, it } from '@jest/globals';
import { type PageScan, readAhead } from '../../../src/tables/dynamodb/read-ahead.ts';
import type { ScanPosition } from '../../../src/tables/dynamodb/scan.ts';

const start: ScanPosition = { segment: 1, totalSegments: 4 };

/** A scan of `pages` pages; the only item of each is its number. */
function scanOf(pages: number, options: { readonly failsOnceAt?: number } = {}) {
  let failsAt = options.failsOnceAt;
  const asked: (string | undefined)[] = [];
  return {
    asked,
    scan: ({ after }: ScanPosition) => {
      asked.push(after);
      const page = Number(after ?? 0);
      if (page === failsAt) {
        failsAt = undefined;
        return Promise.reject(new Error(`page ${page} cannot be read`));
      }
      const next = page + 1 < pages ? String(page + 1) : undefined;
      return Promise.resolve({ items: [page], next, readUnits: 1 });
    },
  };
}

async function readAll(scan: PageScan<number>) {
  const items: number[] = [];
  let after: string | undefined;
  do {
    const page = await scan({ ...start, ...(after !== undefined && { after }) });
    items.push(...page.items);
    after = page.next;
  } while (after !== undefined);
  return items;
}

describe('a scan that reads ahead', () => {
  it('returns every page in order, and reads each once', async () => {
    const { scan, asked } = scanOf(5);
    expect(await readAll(readAhead(scan))).toEqual([0, 1, 2, 3, 4]);
    expect(asked).toEqual([undefined, '1', '2', '3', '4']);
  });

  it('requests the next page in advance, and nothing after the last', async () => {
    const { scan, asked } = scanOf(2);
    const ahead = readAhead(scan);
    await ahead(start);
    expect(asked).toEqual([undefined, '1']);
    await ahead({ ...start, after: '1' });
    expect(asked).toEqual([undefined, '1']);
  });

  it('rereads from the table when another position is requested', async () => {
    const { scan, asked } = scanOf(5);
    const ahead = readAhead(scan);
    await ahead(start);
    const page = await ahead({ ...start, after: '3' });
    expect(page.items).toEqual([3]);
    expect(asked).toEqual([undefined, '1', '3', '4']);
  });

  it('fails only when the failed page is requested, and then allows a retry', async () => {
    const { scan } = scanOf(3, { failsOnceAt: 1 });
    const ahead = readAhead(scan);
    const first = await ahead(start);
    expect(first.items).toEqual([0]);
    await expect(ahead({ ...start, after: '1' })).rejects.toThrow('page 1 cannot be read');
    const again = await ahead({ ...start, after: '1' });
    expect(again.items).toEqual([1]);
  });
});
