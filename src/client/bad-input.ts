/** Which input is wrong. `favourites-table`: the client may not write to or read the table of favourites. */
export type BadInputCode =
  | 'config'
  | 'cursor'
  | 'favourites-table'
  | 'limit'
  | 'restaurant-id'
  | 'user-id'
  | 'windows';

/** The call can never succeed as it is; the message says what to change. */
export class BadInputError extends Error {
  override readonly name = 'BadInputError';
  readonly code: BadInputCode;

  constructor(code: BadInputCode, message: string) {
    super(message);
    this.code = code;
  }
}
