/** Schedules that fast-check draws, for programs that are too large to try every one. */
import fc from 'fast-check';
import type { Schedule } from './all-schedules.ts';

/** @param choices used in turn, again and again */
export function scheduleOf(scheduler: fc.Scheduler, choices: readonly number[]): Schedule {
  let chosen = 0;
  return {
    pause: () => scheduler.schedule(Promise.resolve()),
    choose: (options) => (choices[chosen++ % choices.length] ?? 0) % options,
  };
}

export const choicesArbitrary = fc.array(fc.nat({ max: 11 }), { minLength: 7, maxLength: 31 });
