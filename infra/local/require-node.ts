/**
 * Import this first. If Node is older than the Lambda runtime, it prints one line and exits
 * with 1, before the program fails with an obscure error. npm scripts also preload this file, because a
 * missing built-in module fails before the first import runs. Use only features that old versions of Node
 * have.
 */
const nodeMajor = 24;

/** Returns the error message for this version of Node; undefined if the version is right. */
export function nodeVersionProblem(version: string): string | undefined {
  if (Number.parseInt(version, 10) >= nodeMajor) return undefined;
  return (
    `This command needs Node ${nodeMajor} or later, the Lambda runtime; this is Node ${version}. ` +
    'In a clone of the repository, run "npm ci" with install scripts allowed, which installs the right ' +
    'Node into the project, and start through npm: npm start, npm run aggregate, npm test.'
  );
}

const problem = nodeVersionProblem(process.versions.node);
if (problem !== undefined) {
  process.stderr.write(`${problem}\n`);
  process.exit(1);
}
