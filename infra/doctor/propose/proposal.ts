/** What the doctor proposes, with what it is sure of. */
import type { Source } from '../../../src/counting/source/source.ts';
import type { KindIds } from '../profile/ids.ts';
import type { Kind } from '../profile/kinds.ts';
import type { Item } from '../profile/sample.ts';
import type { Flag } from './flags.ts';

export interface Finding {
  /** The member of the source, such as `createdAt`. */
  readonly member: string;
  readonly isSure: boolean;
  readonly text: string;
}

export interface Proposal {
  readonly source: Source;
  readonly findings: readonly Finding[];
  /** What the settings cannot express, or would count wrongly. */
  readonly problems: readonly string[];
  readonly kind: Kind;
  readonly ids: KindIds;
  /** All attributes that may say whether a row counts; the first one is used. */
  readonly flags: readonly Flag[];
  /** Reads the user of a row; undefined if no user is known. */
  readonly userOf: ((item: Item) => string | undefined) | undefined;
}

export type Proposed =
  | { readonly kind: 'proposal'; readonly proposal: Proposal }
  /** @param reason why the table does not look like one that holds favourites; holds no id. */
  | { readonly kind: 'none'; readonly reason: string };
