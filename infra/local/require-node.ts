/**
 * Import this first: under a Node other than the Lambda runtime's it says so in one line and exits 1, before the
 * rest of the program fails in a way that nobody can read. npm scripts also preload it (`--import`), because a
 * missing built-in module is found while linking, before the first import runs. Keep to what old Nodes have.
 */
const nodeMajor = 24;

/** What to tell whoever runs this version of Node; undefined when it is the right one. */
export function nodeVersionFault(version: string): string | undefined {
  if (Number.parseInt(version, 10) === nodeMajor) return undefined;
  return (
    `This needs Node ${nodeMajor}, the Lambda runtime, and runs under Node ${version}. ` +
    'Run "npm ci" with install scripts allowed, which puts the right Node into the project, ' +
    'and start through npm: npm start, npm run aggregate, npm test.'
  );
}

const fault = nodeVersionFault(process.versions.node);
if (fault !== undefined) {
  process.stderr.write(`${fault}\n`);
  process.exit(1);
}
