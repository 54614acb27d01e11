/** Options about time windows. */
import { parseTimeWindow, type TimeWindow, windowExamples } from '../../src/counting/time-window.ts';
import { isTimeZone } from '../../src/counting/time-zone.ts';
import type { Option } from './parse-command-line.ts';

export const windowOption: Option<TimeWindow> = {
  placeholder: 'W',
  help: `the time window to show: ${windowExamples} (default: ALL_TIME)`,
  parse(text) {
    const window = parseTimeWindow(text);
    if (window !== undefined) return window;
    throw new Error(`no such time window; expected one of ${windowExamples}`);
  },
};

export const timeZoneOption: Option<string> = {
  placeholder: 'ZONE',
  help: 'the time zone of the windows, such as Europe/London (default: UTC)',
  parse(text) {
    if (isTimeZone(text)) return text;
    throw new Error('no such time zone; expected an IANA name such as Europe/London');
  },
};
