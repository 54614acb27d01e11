/** What a command line says of reconciling, damage and backfill. */
import { flagOption, type Option } from './command-line.ts';
import { parseDamage } from './damage.ts';

/** Deployed it is a minute and more. Short, because a local pipe lags by a second or two when the replay minds it. */
const GRACE_SECONDS_DEFAULT = 5;
const GRACE_SECONDS_MAX = 3_600;
const RECONCILE_EVERY_SECONDS_MAX = 86_400;

export const graceOption: Option<number> = {
  placeholder: 'SECONDS',
  help: `a difference that stands for so long is drift, and not in flight (${GRACE_SECONDS_DEFAULT})`,
  parse: (text) => seconds(text, GRACE_SECONDS_MAX),
};

export const reconcileOptions = {
  reconcile: flagOption('at the end, redrive the dead letters, heal the registers and audit the counts'),
  'reconcile-during': flagOption('do so again and again while the replay runs, and once more at the end'),
  damage: {
    placeholder: 'counts=N,registers=N',
    help: 'damage so many of each in the tables, before the reconcile at the end',
    parse: parseDamage,
  },
  backfill: {
    placeholder: '[SHARE]',
    help: 'fill in this share of the file (all of it) with the pipe off, and seed the counts; meanwhile replay the rest',
    parse: parseShare,
  },
  grace: graceOption,
} as const satisfies Record<string, Option<unknown>>;

export const reconcileEveryOption: Option<number> = {
  placeholder: 'SECONDS',
  help: 'reconcile so often while it runs',
  parse: (text) => seconds(text, RECONCILE_EVERY_SECONDS_MAX),
};

export function graceMsOf(graceSeconds: number | undefined): number {
  return Math.round((graceSeconds ?? GRACE_SECONDS_DEFAULT) * 1000);
}

function parseShare(text: string): number {
  if (text === '') return 1;
  const share = /^(?:\d+(?:\.\d*)?|\.\d+)$/.test(text) ? Number(text) : Number.NaN;
  if (share > 0 && share <= 1) return share;
  throw new Error('expected a share of the file above 0 and up to 1, such as 0.5');
}

function seconds(text: string, max: number): number {
  const number = /^\d+(?:\.\d{1,3})?$/.test(text) ? Number(text) : Number.NaN;
  if (number > 0 && number <= max) return number;
  throw new Error(`expected a number of seconds above 0 and up to ${max}`);
}
