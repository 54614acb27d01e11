/**
 * The schedule expressions of EventBridge Scheduler that repeat: `cron(…)` and `rate(…)`.
 * Source: its user guide, "Schedule types", and the cron reference of EventBridge, which has the same fields.
 */
const months = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const weekdays = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

interface Field {
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
  /** Items that only this field takes, such as `15W`, `6L` and `6#3`; a group captures the day. */
  readonly special?: RegExp;
}

const fields: readonly Field[] = [
  { min: 0, max: 59 },
  { min: 0, max: 23 },
  { min: 1, max: 31, special: /^(?:L|(\w+)W)$/ },
  { min: 1, max: 12, names: months },
  { min: 1, max: 7, names: weekdays, special: /^(?:L|(\w+)L|(\w+)#[1-5])$/ },
  { min: 1970, max: 2199 },
];

export function isSchedule(text: string): boolean {
  const [, kind, content = ''] = /^(cron|rate)\(([^()]+)\)$/.exec(text) ?? [];
  if (kind === 'rate') return /^(1 (minute|hour|day)|(?!1 )[1-9]\d* (minutes|hours|days))$/.test(content);
  const parts = content.split(/ +/);
  // Exactly one of the two day fields must be `?`.
  if (kind === undefined || parts.length !== fields.length) return false;
  if ((parts[2] === '?') === (parts[4] === '?')) return false;
  return fields.every((field, at) => isField(parts[at] ?? '', field));
}

function isField(text: string, field: Field): boolean {
  if (text === '?') return field.special !== undefined;
  const items = text.split(',');
  // A `#` takes the whole field: `3#1,6#3` is invalid.
  return items.every((item) => isItem(item, field)) && (items.length === 1 || !text.includes('#'));
}

function isItem(item: string, field: Field): boolean {
  const special = field.special?.exec(item);
  if (special) return special.slice(1).every((day) => day === undefined || isValue(day, field));
  const [, all, from, to, step] = /^(?:(\*)|(\w+)(?:-(\w+))?)(?:\/(\d+))?$/.exec(item) ?? [];
  return (
    (all !== undefined || isValue(from, field)) &&
    (to === undefined || isValue(to, field)) &&
    (step === undefined || (Number(step) >= 1 && Number(step) <= field.max))
  );
}

function isValue(text: string | undefined, { min, max, names = [] }: Field): boolean {
  if (text === undefined) return false;
  return names.includes(text) || (/^\d{1,4}$/.test(text) && Number(text) >= min && Number(text) <= max);
}
