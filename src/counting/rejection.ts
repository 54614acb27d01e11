/**
 * Why a record or a row can never be counted as it is. docs/source.md says what to do about each reason.
 */
export type RejectionReason =
  | 'not-a-record'
  | 'unexpected-event-name'
  | 'unreadable-position'
  | 'unexpected-key'
  | 'unreadable-key'
  | 'key-too-long'
  | 'unreadable-restaurant'
  | 'no-new-image'
  | 'no-old-image'
  | 'ids-disagree'
  | 'unreadable-condition'
  | 'unreadable-created-at';

export interface Rejection {
  readonly kind: 'rejection';
  readonly reason: RejectionReason;
  /** Holds no id, but may hold the form of a value, such as `S aa#99`. */
  readonly detail: string;
}

export function rejection(reason: RejectionReason, detail: string): Rejection {
  return { kind: 'rejection', reason, detail };
}
