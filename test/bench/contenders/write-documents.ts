/**
 * Writes what a run of the bench found into the documents: its results as docs/benchmarks/bench.json, the
 * plots, and the part of docs/benchmarks.md between the two markers. A test checks that the page and the
 * plots say what the results say.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { count } from '../../../infra/command-line/text.ts';
import { type Comparison, comparisons } from './goals.ts';
import { plotsOf } from './plots.ts';
import { cellsOf, lineHeadings, nightlyText } from './print.ts';
import type { BenchResults, Crossing } from './results.ts';

const page = 'docs/benchmarks.md';
const folder = 'docs/benchmarks';
const markers = ['<!-- npm run bench -->', '<!-- end of npm run bench -->'] as const;

/** The files that the results determine, by path. @param pageNow docs/benchmarks.md as it is */
export function documentsOf(results: BenchResults, pageNow: string): ReadonlyMap<string, string> {
  return new Map([
    [`${folder}/bench.json`, `${JSON.stringify(results, undefined, 1)}\n`],
    ...plotsOf(results).map(({ file, svg }) => [`${folder}/${file}`, svg] as const),
    [page, withPart(pageNow, partOf(results))],
  ]);
}

export function writeDocuments(results: BenchResults, root = join(import.meta.dirname, '../../..')): void {
  mkdirSync(join(root, folder), { recursive: true });
  const pageNow = readFileSync(join(root, page), 'utf8');
  for (const [path, content] of documentsOf(results, pageNow)) writeFileSync(join(root, path), content);
}

function withPart(text: string, part: string): string {
  const [start, end] = markers.map((marker) => text.indexOf(marker));
  if (start === undefined || end === undefined || start === -1 || end < start) {
    throw new Error(`${page} has no part between ${markers.join(' and ')}: put both lines back`);
  }
  return `${text.slice(0, start)}${markers[0]}\n\n${part}\n\n${text.slice(end)}`;
}

function partOf(results: BenchResults): string {
  const others = results.lines.filter(
    ({ contender, load }) => contender !== 'e-in-request' && load !== 'viral/80',
  );
  return [
    picture('contenders', 'Bars of the four contenders: speed, CPU, units, wrong counts'),
    goalsTable(comparisons(results)),
    `The load \`trace\` was ${results.traceTitle}.`,
    markdownTable([lineHeadings, ...others.map(cellsOf)], 2),
    '**An ordinary day**, Zipf in batches of 80, by AWS’s rules:',
    ordinaryDayTable(results),
    picture('window', 'Lines: write units an event by the batching window, ours beside (a)'),
    ...results.crossings.map(crossingText),
    '**Context.** (e) in the trace, and with a viral restaurant that gets half of the marks, beside ours:',
    contextTable(results),
    ...(results.nightlyScan === undefined ? [] : [`${nightlyText(results.nightlyScan)}.`]),
  ]
    .join('\n\n')
    .replaceAll('’', "'");
}

function goalsTable(all: readonly Comparison[]): string {
  const rows = all.map(({ text, value, goal, isMet }) => [text, value, goal, isMet ? 'met' : '**missed**']);
  return markdownTable([['comparison', 'measured', 'goal', ''], ...rows], 1);
}

function ordinaryDayTable({ ordinaryDay }: BenchResults): string {
  const head = ['contender', 'write units an event', 'read units an event', 'requests an event'];
  const rows = ordinaryDay.map((line) => [
    line.contender,
    line.writeUnitsPerEventAws.toFixed(2),
    line.readUnitsPerEvent.toFixed(2),
    line.requestsPerEvent.toFixed(3),
  ]);
  return markdownTable([head, ...rows], 1);
}

function contextTable({ lines }: BenchResults): string {
  const head = [
    'contender',
    'load',
    'events/s',
    'requests/event',
    'units/event, AWS',
    'conflicts/event',
    'failed',
  ];
  const shown = lines.filter(({ contender, load }) => contender === 'e-in-request' || load === 'viral/80');
  const rows = shown.map((line) => [
    line.contender,
    line.load,
    count(line.eventsPerSecond),
    line.requestsPerEvent.toFixed(2),
    line.writeUnitsPerEventAws.toFixed(2),
    line.conflictsPerEvent.toFixed(2),
    `${(line.failedPerEvent * 100).toFixed(1)} %`,
  ]);
  return markdownTable([head, ...rows], 2);
}

function crossingText({ eventsPerSecond, batchSizeMax, windowSeconds }: Crossing): string {
  const at = `At ${eventsPerSecond} events a second, in batches of at most ${count(batchSizeMax)},`;
  return windowSeconds === undefined
    ? `${at} ours costs more than (a) at every window up to 300 s.`
    : `${at} ours costs no more than (a) from a window of ${windowSeconds} s.`;
}

function picture(name: string, alt: string): string {
  return [
    '<picture>',
    `<source media="(prefers-color-scheme: dark)" srcset="benchmarks/${name}-dark.svg">`,
    `<img src="benchmarks/${name}-light.svg" alt="${alt}">`,
    '</picture>',
  ].join('\n');
}

/** @param texts the number of columns with text; the others hold numbers */
function markdownTable(rows: readonly (readonly string[])[], texts: number): string {
  const [head = [], ...body] = rows;
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const rule = head.map((_, index) => (index < texts ? '---' : '---:'));
  return [line(head), line(rule), ...body.map(line)].join('\n');
}
