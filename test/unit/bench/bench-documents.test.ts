/** Checks that docs/benchmarks.md and its plots say what the last run of `npm run bench` found. */
import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchResults } from '../../bench/contenders/results.ts';
import { documentsOf } from '../../bench/contenders/write-documents.ts';

const root = join(import.meta.dirname, '../../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

describe('the documents of the bench', () => {
  const results = JSON.parse(read('docs/benchmarks/bench.json')) as BenchResults;
  const documents = documentsOf(results, read('docs/benchmarks.md'));
  const made = [...documents].filter(([path]) => !path.endsWith('.json'));

  it.each(made)('have %s as the results in docs/benchmarks/bench.json make it', (path, content) => {
    expect(read(path)).toBe(content);
  });

  it('show no wrong count of ours', () => {
    const ours = results.lines.filter(({ contender }) => contender.startsWith('d-'));
    expect(ours.length).toBeGreaterThan(0);
    expect(ours.filter(({ wrongCounts }) => wrongCounts > 0)).toEqual([]);
  });
});
