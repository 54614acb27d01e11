/** The tables that the bench prints. */
import { alignColumns, count } from '../../../infra/command-line/text.ts';
import type { Comparison } from './goals.ts';
import type { NightlyScan } from './nightly-scan.ts';
import type { Measured } from './scenario.ts';
import type { CurvePoint, SteadyUnits } from './steady-state.ts';

export const lineHeadings = [
  'contender',
  'load',
  'delay',
  'events',
  'events/s',
  'requests/event',
  'units/event, engine',
  'units/event, AWS',
  'CPU ms/100',
  'peak MB',
  'wrong counts',
] as const;

export function cellsOf(line: Measured): readonly string[] {
  return [
    line.contender,
    line.load,
    `${line.delayMs} ms`,
    count(line.events),
    count(line.eventsPerSecond),
    line.requestsPerEvent.toFixed(line.requestsPerEvent < 1 ? 3 : 2),
    line.writeUnitsPerEvent.toFixed(2),
    line.writeUnitsPerEventAws.toFixed(2),
    line.cpuMsPer100Events.toFixed(1),
    count(line.peakMb),
    `${count(line.wrongCounts)} of ${count(line.counts)}`,
  ];
}

export function linesTable(lines: readonly Measured[]): string {
  const columns = lineHeadings.map((_, index) => (index < 2 ? 'text' : 'number'));
  return alignColumns([lineHeadings, ...lines.map(cellsOf)], columns);
}

export function ordinaryDayTable(units: readonly SteadyUnits[]): string {
  const rows = units.map((line) => [
    line.contender,
    line.writeUnitsPerEventAws.toFixed(2),
    line.readUnitsPerEvent.toFixed(2),
    line.requestsPerEvent.toFixed(3),
  ]);
  const head = ['contender', 'write units/event, AWS', 'read units/event', 'requests/event'];
  return alignColumns([head, ...rows], ['text', 'number', 'number', 'number']);
}

export function curveTable(curve: readonly CurvePoint[]): string {
  const rows = curve.map((point) => [
    String(point.eventsPerSecond),
    String(point.windowSeconds),
    count(point.batchSizeMax),
    point.writeUnitsPerEventAws.toFixed(2),
  ]);
  const head = ['events/s', 'window, s', 'largest batch', 'write units/event'];
  return alignColumns([head, ...rows], ['number', 'number', 'number', 'number']);
}

export function comparisonsTable(all: readonly Comparison[]): string {
  const rows = all.map(({ text, value, goal, isMet }) => [isMet ? 'met' : 'MISSED', value, goal, text]);
  return alignColumns(rows, ['text', 'number', 'text', 'text']);
}

export function nightlyText(scan: NightlyScan): string {
  const { favourites, counts, seconds, readUnits, writeUnits } = scan;
  return [
    `(f), a nightly scan of ${count(favourites)} favourites, took ${seconds.toFixed(1)} s.`,
    `Every night it reads ${(readUnits / favourites).toFixed(3)} units a favourite.`,
    `It wrote ${(writeUnits / counts).toFixed(1)} units for each of ${count(counts)} new counts`,
  ].join('\n');
}
