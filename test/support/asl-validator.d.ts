/** The package comes without types; of its own, only what the tests use. */
declare module 'asl-validator' {
  const validate: (definition: unknown) => {
    readonly isValid: boolean;
    errorsText(separator?: string): string;
  };
  // The module is the function.
  export { validate as default };
}
