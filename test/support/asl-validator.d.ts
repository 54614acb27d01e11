/** The package has no types; this declares only what the tests use. */
declare module 'asl-validator' {
  const validate: (definition: unknown) => {
    readonly isValid: boolean;
    errorsText(separator?: string): string;
  };
  // The module exports the function itself.
  export { validate as default };
}
