/**
 * Writes expected.jsonl: what Python's zoneinfo says about four zones around changes of their offset, so that
 * the tests can compare on a machine without Python. After a change here, run it again:
 *
 *     node --import tsx test/zones/expected.ts
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { questionAround } from './questions.ts';
import { type Answer, type Question, zoneAnswers, zoneChanges } from './zoneinfo.ts';

const path = join(import.meta.dirname, 'expected.jsonl');
/** The years whose changes are asked about. */
const years: Readonly<Record<string, readonly number[]>> = {
  'Europe/London': [1847, 1941, 1968, 1971, 2022],
  'America/Sao_Paulo': [1914, 2017, 2018, 2019],
  'Pacific/Apia': [1892, 2011, 2012],
  'Asia/Kathmandu': [1919, 1985],
};

export interface Expected {
  readonly question: Question;
  readonly answer: Answer;
}

export function readExpected(): readonly Expected[] {
  const lines = readFileSync(path, 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line) as Expected);
}

export function askExpected(): readonly Expected[] {
  const zones = Object.keys(years);
  const changes = zoneChanges(zones, { from: 1840, to: 2030 });
  const questions = zones.map((zone, index) => {
    const asked = changes[index]?.transitions.filter((at) => years[zone]?.includes(yearOf(at))) ?? [];
    return questionAround(zone, asked);
  });
  const answers = zoneAnswers(questions);
  return questions.map((question, index) => ({ question, answer: answers[index] as Answer }));
}

function yearOf(seconds: number): number {
  return new Date(seconds * 1000).getUTCFullYear();
}

if (process.argv[1] === import.meta.filename) {
  const lines = askExpected().map((expected) => `${JSON.stringify(expected)}\n`);
  writeFileSync(path, lines.join(''));
}
