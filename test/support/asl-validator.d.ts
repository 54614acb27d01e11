/** The package has no types. This file declares only the parts that the tests use. */
declare module 'asl-validator' {
  const validate: (definition: unknown) => {
    readonly isValid: boolean;
    errorsText(separator?: string): string;
  };
  // The module exports the function itself.
  export { validate as default };
}
