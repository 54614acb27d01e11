/**
 * Finds clocks, randomness and access to the environment in code that must be pure. esbuild marks the
 * globals, because it knows the scopes of local names.
 */
import { transformSync } from 'esbuild';

const mark = '__impure_';
const surroundings = ['performance', 'crypto', 'process', 'fetch', 'globalThis', 'console'];
const timers = ['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask'];
const define = Object.fromEntries(
  ['Math.random', 'Date', ...surroundings, ...timers].map((name) => [name, mark + name.replace('.', '_')]),
);

/** These uses of Date are pure: a Date made from a value, `instanceof`, and Date's static arithmetic. */
const pureDate = new RegExp(
  `new ${mark}Date\\((?!\\))|instanceof ${mark}Date\\b|${mark}Date\\.(?:UTC|parse)\\b`,
  'g',
);

/** The impure globals that the source uses; `Date` means the current time, not a Date made from a value. */
export function impureGlobals(source: string): readonly string[] {
  const { code } = transformSync(source, {
    loader: 'ts',
    define,
    legalComments: 'none',
    tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
  });
  const found = code.replaceAll(pureDate, '').matchAll(new RegExp(`${mark}(\\w+)`, 'g'));
  return [...new Set(Array.from(found, ([, name]) => (name ?? '').replace('_', '.')))].toSorted();
}
