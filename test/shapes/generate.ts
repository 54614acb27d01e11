/**
 * Writes the traces `test/shapes/*.jsonl`: the stories of each shape, mixed with a random walk. The same
 * seeds always give the same bytes. After a change here, run it again:
 *
 *     node --import tsx test/shapes/generate.ts
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hash32, seededRandom } from '../../infra/local/emulator/random.ts';
import { createLayouts, layoutNames } from './traces/layouts.ts';
import type { Write } from './traces/layout.ts';
import { ownStories } from './traces/own-stories.ts';
import { commonStories, type Story } from './traces/stories.ts';
import { createWalk } from './traces/walk.ts';

const WRITES = 360;
const startMs = Date.parse('2022-07-20T06:00:00.000Z');
const STEP_MAX_MS = 6 * 3_600_000;
/** Shares of the trace. Early stories end well before the half that `--backfill 0.5` writes. */
const spans = { early: [0, 0.37], anywhere: [0, 1], late: [0.55, 1] } as const;

/** A write, or undefined for a step of the walk, at its place in the trace. */
interface Slot {
  readonly place: number;
  readonly write: Write | undefined;
}

/** One write a line, in order, in DynamoDB's JSON. */
export function traceOf(name: string): string {
  const random = seededRandom(hash32(`shape ${name}`));
  const layout = createLayouts(random)[name];
  if (layout === undefined) throw new RangeError(`There is no shape ${name}; see traces/layouts.ts`);
  const kinds = [commonStories(layout), ownStories(name, layout)];
  const stories = (['early', 'anywhere', 'late'] as const).flatMap((span) =>
    kinds.flatMap((kind) => kind[span].flatMap((story) => placed(story, spans[span], random))),
  );
  const walked = placed(Array.from<undefined>({ length: WRITES - stories.length }), spans.anywhere, random);
  const walk = createWalk(layout, random);
  let atMs = startMs;
  const lines = [...stories, ...walked]
    .toSorted((a, b) => a.place - b.place)
    .map(({ place, write }) => {
      // Now and then, two writes have the same time.
      if (random() > 0.05) atMs += Math.floor(random() * STEP_MAX_MS);
      const written = write ?? walk({ maySpoil: place < spans.early[1] });
      return JSON.stringify({ at: new Date(atMs).toISOString(), ...written });
    });
  return `${lines.join('\n')}\n`;
}

/** The writes at random places of the span, in their order. */
function placed(
  story: Story | readonly undefined[],
  [from, to]: readonly [number, number],
  random: () => number,
): readonly Slot[] {
  const places = story.map(() => from + random() * (to - from)).toSorted((a, b) => a - b);
  return story.map((write, at) => ({ write, place: places[at] ?? to }));
}

if (process.argv[1] === import.meta.filename) {
  for (const name of layoutNames) writeFileSync(join(import.meta.dirname, `${name}.jsonl`), traceOf(name));
}
