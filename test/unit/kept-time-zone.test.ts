import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '../../infra/command-line/input-error.ts';
import { continuedTimeZone, keepTimeZone } from '../../infra/local/replay/kept-time-zone.ts';
import { openReplayProgress } from '../../infra/local/replay/replay-progress.ts';
import { defaultSource } from '../../src/counting/source/source.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

describe('the time zone of a local run', () => {
  let directory: ReturnType<typeof temporaryDirectory>;
  beforeEach(() => {
    directory = temporaryDirectory();
  });
  afterEach(() => directory[Symbol.dispose]());
  const replayed = (written: number) => {
    const file = { path: 'f.csv', fingerprint: 'f', events: { length: 10 }, source: defaultSource };
    const progress = openReplayProgress(directory.path, file);
    progress.save(written);
    progress.flush();
  };

  it('is the given one, or UTC, in a new directory and without one', () => {
    for (const path of [undefined, directory.path, join(directory.path, 'new')]) {
      expect(continuedTimeZone(path, undefined)).toEqual({ timeZone: 'UTC', note: undefined });
      expect(continuedTimeZone(path, 'Asia/Kathmandu')).toEqual({
        timeZone: 'Asia/Kathmandu',
        note: undefined,
      });
    }
  });

  it('is the one of the last run, if none is given', () => {
    keepTimeZone(directory.path, 'Europe/London');
    expect(readdirSync(directory.path)).toEqual(['run-settings.json']);
    for (const given of [undefined, 'Europe/London']) {
      expect(continuedTimeZone(directory.path, given)).toEqual({
        timeZone: 'Europe/London',
        note: undefined,
      });
    }
  });

  it('may change, and then the note says what to do', () => {
    keepTimeZone(directory.path, 'Europe/London');
    expect(continuedTimeZone(directory.path, 'UTC')).toEqual({
      timeZone: 'UTC',
      note:
        `${directory.path} has counted in the time zone Europe/London until now. Press Reconcile on ` +
        'the page to move every favourite to its day, week, month and year in UTC.',
    });
    keepTimeZone(directory.path, 'UTC');
    expect(continuedTimeZone(directory.path, undefined)).toEqual({ timeZone: 'UTC', note: undefined });
  });

  it('was UTC in a directory of an earlier release', () => {
    writeFileSync(join(directory.path, 'dynamodb.sqlite'), '');
    expect(continuedTimeZone(directory.path, undefined).timeZone).toBe('UTC');
    expect(continuedTimeZone(directory.path, 'Europe/London').note).toMatch(/in the time zone UTC until now/);
  });

  it('cannot change while a file is half written, because its dates are read in that zone', () => {
    keepTimeZone(directory.path, 'Europe/London');
    replayed(4);
    expect(() => continuedTimeZone(directory.path, 'UTC')).toThrow(
      `--time-zone UTC: ${directory.path} counts in Europe/London, and 6 events of its file are not yet ` +
        'written. Continue with --time-zone Europe/London, and change it afterwards.',
    );
    expect(continuedTimeZone(directory.path, undefined).timeZone).toBe('Europe/London');
    replayed(10);
    expect(continuedTimeZone(directory.path, 'UTC').timeZone).toBe('UTC');
  });

  it.each(['', 'UTC', '{}', '{"timeZone":"+02:00"}'])('is refused if it is kept as %j', (text) => {
    const path = join(directory.path, 'run-settings.json');
    writeFileSync(path, text);
    const refused = () => continuedTimeZone(directory.path, 'UTC');
    expect(refused).toThrow(InputError);
    expect(refused).toThrow(`${path} does not contain a time zone`);
  });
});
