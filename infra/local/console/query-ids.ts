/** Reads ids and windows in the query of a console path. */
import { parseTimeWindow, type TimeWindow, windowExamples } from '../../../src/counting/time-window.ts';
import { ProblemError } from './problem.ts';

/** @throws {ProblemError} unless the query has this parameter once, and not empty */
export function onlyOne(query: URLSearchParams, name: string): string {
  const [value, ...more] = query.getAll(name);
  if (value === undefined || value === '' || more.length > 0) {
    throw new ProblemError(400, `Expected one ${name} in the query, not empty`);
  }
  return value;
}

/** @throws {ProblemError} unless the query has one to `max` of this parameter */
export function someOf(query: URLSearchParams, name: string, max: number): readonly string[] {
  const values = [...new Set(query.getAll(name))];
  if (values.length >= 1 && values.length <= max) return values;
  throw new ProblemError(400, `Expected 1 to ${max} of ${name} in the query`);
}

/** @throws {ProblemError} */
export function windowOf(text: string): TimeWindow {
  const window = parseTimeWindow(text);
  if (window !== undefined) return window;
  throw new ProblemError(400, `There is no such window; expected one of ${windowExamples}`);
}
