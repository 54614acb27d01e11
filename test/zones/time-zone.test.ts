/**
 * Local times, weeks, and the starts of days, equal to those of Python's zoneinfo with the same release of
 * the zone data. Without Python, a few answers from expected.jsonl are compared.
 */
import { describe, expect, it } from '@jest/globals';
import { differencesFrom } from './compare.ts';
import { describeWithZoneinfo } from './describe-with-zoneinfo.ts';
import { askExpected, readExpected } from './expected.ts';
import { hardZones, questionAround, randomQuestion } from './questions.ts';
import { type Question, zoneAnswers, zoneChanges } from './zoneinfo.ts';

const RANDOM_TIMES = 300;
/** Differences shown on failure. */
const SHOWN_MAX = 10;

describe('local times', () => {
  it.each(readExpected())('are those of zoneinfo in $question.zone, in expected.jsonl', (expected) => {
    expect(expected.question.instants.length).toBeGreaterThan(0);
    expect(differencesFrom(expected.answer, expected.question)).toEqual([]);
  });
});

describeWithZoneinfo('local times beside zoneinfo', () => {
  const differences = (questions: readonly Question[]): readonly string[] =>
    zoneAnswers(questions)
      .flatMap((answer, index) => differencesFrom(answer, questions[index] as Question))
      .slice(0, SHOWN_MAX);

  it('are equal around each change of the offset from 1840 to 2040 in the hard zones', () => {
    const changes = zoneChanges(hardZones, { from: 1840, to: 2040 });
    const questions = hardZones.map((zone, index) => questionAround(zone, changes[index]?.transitions ?? []));
    for (const { zone, instants } of questions) expect([zone, instants.length]).not.toEqual([zone, 0]);
    expect(differences(questions)).toEqual([]);
  });

  it('are equal at random times of every zone that this Node knows', () => {
    const zones = Intl.supportedValuesOf('timeZone');
    expect(differences(zones.map((zone) => randomQuestion(zone, RANDOM_TIMES / 10)))).toEqual([]);
  });

  it('are equal at random times of the hard zones', () => {
    expect(differences(hardZones.map((zone) => randomQuestion(zone, RANDOM_TIMES)))).toEqual([]);
  });

  it('are those in expected.jsonl', () => {
    expect(readExpected()).toEqual(askExpected());
  });
});
