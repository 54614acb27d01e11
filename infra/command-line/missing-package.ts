/** A command that needs a package which is not installed says so in one line, with the command to run. */

const missing = /^Cannot find (?:module|package) '((?:@[^/']+\/)?[^./'][^/']*)/;

/** Returns the line for an error of `require` or `import`; undefined for any other error. */
export function missingPackage(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  if (error.code !== 'MODULE_NOT_FOUND' && error.code !== 'ERR_MODULE_NOT_FOUND') return undefined;
  const [, name] = missing.exec(error.message) ?? [];
  return name && `This command needs the package ${name}: npm install --save-dev ${name}`;
}
