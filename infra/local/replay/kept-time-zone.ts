/**
 * Keeps the time zone of the windows in the run's directory. The next start continues with it, because the
 * registers there hold local times of that zone.
 */
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { isTimeZone, UTC } from '../../../src/counting/time-zone.ts';
import { InputError } from '../../command-line/input-error.ts';
import { plural } from '../../command-line/text.ts';
import { savedReplay } from './replay-progress.ts';

const keptSchema = v.object({ timeZone: v.pipe(v.string(), v.check(isTimeZone)) });

export interface ContinuedTimeZone {
  readonly timeZone: string;
  /** What the user should do next, if the zone is not the one of the last run. */
  readonly note: string | undefined;
}

/**
 * @param given undefined if the command line names none
 * @throws {InputError} when a file is being replayed in another zone, or no time zone can be read
 */
export function continuedTimeZone(
  directory: string | undefined,
  given: string | undefined,
): ContinuedTimeZone {
  const kept = directory === undefined ? undefined : keptTimeZone(directory);
  const timeZone = given ?? kept ?? UTC;
  if (directory === undefined || kept === undefined || kept === timeZone)
    return { timeZone, note: undefined };
  const { written, events } = savedReplay(directory) ?? { written: 0, events: 0 };
  if (written < events) {
    // The file's bare dates are read in this zone.
    throw new InputError(
      `--time-zone ${timeZone}: ${directory} counts in ${kept}, and ` +
        `${plural(events - written, 'event')} of its file are not yet written. ` +
        `Continue with --time-zone ${kept}, and change it afterwards.`,
    );
  }
  const note =
    `${directory} has counted in the time zone ${kept} until now. Press Reconcile on the page to move ` +
    `every favourite to its day, week, month and year in ${timeZone}.`;
  return { timeZone, note };
}

/** Call it once the run has started: from then on, no other run uses the directory. */
export function keepTimeZone(directory: string, timeZone: string): void {
  const path = keptPath(directory);
  const kept: v.InferOutput<typeof keptSchema> = { timeZone };
  writeFileSync(`${path}.new`, `${JSON.stringify(kept)}\n`);
  renameSync(`${path}.new`, path);
}

/** Undefined for a new directory. */
function keptTimeZone(directory: string): string | undefined {
  const path = keptPath(directory);
  if (!existsSync(path)) {
    // An earlier release counted in UTC alone.
    return existsSync(directory) && readdirSync(directory).length > 0 ? UTC : undefined;
  }
  const kept = parsed(readFileSync(path, 'utf8'));
  if (v.is(keptSchema, kept)) return kept.timeZone;
  throw new InputError(
    `${path} does not contain a time zone, such as {"timeZone":"Europe/London"}; correct it, ` +
      'or give another --db.',
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function keptPath(directory: string): string {
  return join(directory, 'run-settings.json');
}
