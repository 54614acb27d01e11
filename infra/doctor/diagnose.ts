/** Turns what was read into the report: profile, proposal, check, obstacles, cost. Pure. */
import type { Source } from '../../src/counting/source/source.ts';
import { readSource } from '../settings/read-source.ts';
import { checkSource } from './check.ts';
import { findObstacles } from './obstacles.ts';
import { costSection } from './print/cost-section.ts';
import { examplesSection } from './print/examples.ts';
import { bullets, section } from './print/lines.ts';
import {
  checkSection,
  differenceSection,
  favouritesSection,
  obstaclesSection,
  sampleSection,
  settingsSection,
  tableSection,
} from './print/report.ts';
import { type Kind, kindsOf } from './profile/kinds.ts';
import type { Item } from './profile/sample.ts';
import { propose } from './propose/propose.ts';
import type { Proposed } from './propose/proposal.ts';
import type { SampleRead } from './read/read-sample.ts';
import type { TableFacts } from './read/table-facts.ts';

export interface Table {
  readonly facts: TableFacts;
  /** The description to check instead of proposing one. */
  readonly given: Source | undefined;
}

export interface Diagnosis {
  readonly report: string;
  /** 0: the settings can be used; 2: something stands in the way; 1: no favourites were found. */
  readonly exitStatus: 0 | 1 | 2;
  readonly proposed: Source | undefined;
}

/** With fewer rows of favourites than this, the sample goes on. */
const FAVOURITES_MIN = 500;

export function isEnough(items: readonly Item[], { facts }: Table): boolean {
  const { proposed } = look(items, facts);
  return proposed.kind === 'proposal' && proposed.proposal.kind.rows.length >= FAVOURITES_MIN;
}

export function diagnose({
  facts,
  given,
  sample,
  nowMs,
  showExamples,
}: Table & {
  readonly sample: SampleRead;
  readonly nowMs: number;
  readonly showExamples: boolean;
}): Diagnosis {
  const { kinds, proposed } = look(sample.items, facts);
  const proposal = proposed.kind === 'proposal' ? proposed.proposal : undefined;
  const source = given ?? proposal?.source;
  const opening = [
    tableSection(facts),
    sampleSection(sample, kinds),
    ...(proposal ? [favouritesSection(proposal)] : []),
    ...(showExamples ? [examplesSection(kinds)] : []),
  ];
  if (source === undefined) {
    const reason = proposed.kind === 'none' ? proposed.reason : '';
    const plain =
      `This table does not look like one that holds favourites, because ${reason}. If it does hold ` +
      'them, describe it by hand: docs/source.md.';
    return { report: [...opening, plain].join('\n\n'), exitStatus: 1, proposed: undefined };
  }
  const check = checkSource(source, kinds, proposal?.userOf);
  const reading = readSource(source);
  const refused = reading.kind === 'issues' ? reading.issues : [];
  const problems = [...(given === undefined ? (proposal?.problems ?? []) : []), ...refused];
  const obstacles = findObstacles({ facts, source, check, kind: proposal?.kind, problems });
  const title = given === undefined ? 'With these settings, of the sample' : 'With --source, of the sample';
  const sections = [
    ...opening,
    ...(given === undefined ? [settingsSection(source, proposal?.findings ?? [])] : []),
    checkSection(title, check, source),
    ...(given === undefined ? [] : [differenceSection(given, proposed)]),
    obstaclesSection(obstacles),
    costSection({ facts, sample, check, source, nowMs }),
    ...(given === undefined ? [nextSection()] : []),
  ];
  return {
    report: sections.join('\n\n'),
    exitStatus: obstacles.blocks.length > 0 ? 2 : 0,
    proposed: proposal?.source,
  };
}

function look(
  items: readonly Item[],
  { tableName, key, timeToLive }: TableFacts,
): { readonly kinds: readonly Kind[]; readonly proposed: Proposed } {
  const sample = { tableName, key, items };
  const kinds = kindsOf(sample);
  return { kinds, proposed: propose(sample, kinds, { timeToLive: timeToLive?.attribute }) };
}

function nextSection(): string {
  const lines = [
    'Correct the guesses, and save the JSON (or use --out FILE). Check it again with --source FILE.',
    'Then deploy beside the table and seed: docs/adopt.md, from step 2 on.',
  ];
  return section('Next', bullets(lines));
}
