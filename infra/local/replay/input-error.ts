/** What the user gave cannot be used: one line that says what, and what to do. The command ends with status 1. */
export class InputError extends Error {
  readonly code = 'input';
  readonly retryable = false;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'InputError';
  }
}
