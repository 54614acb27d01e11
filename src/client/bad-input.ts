/** Which input is wrong. `favourites-table`: the table does not have the default shape. */
export type BadInputCode =
  | 'config'
  | 'cursor'
  | 'favourites-table'
  | 'limit'
  | 'restaurant-id'
  | 'user-id'
  | 'windows';

/** The same call can never succeed; the message says what to change. */
export class BadInputError extends Error {
  override readonly name = 'BadInputError';
  readonly code: BadInputCode;

  constructor(code: BadInputCode, message: string) {
    super(message);
    this.code = code;
  }
}
