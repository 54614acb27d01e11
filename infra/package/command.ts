/** `favourite-counts COMMAND`, the command of the installed package. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import manifest from '../../package.json' with { type: 'json' };
import { describeFailure } from '../command-line/command.ts';
import { nearest } from '../settings/nearest.ts';

const commands = {
  doctor: { does: 'looks at a live table and proposes the description of its rows', node: 20 },
  synth: { does: 'writes a template and zip files to deploy without the CDK', node: 20 },
  shadow: { does: 'compares the counts with the counter that you have already', node: 20 },
  cost: { does: 'estimates what counting costs a month, and the limits of AWS', node: 20 },
  start: { does: 'runs the whole pipeline here, with a page in the browser', node: 24 },
  aggregate: { does: 'counts a file, or an export of your table, on this machine', node: 24 },
} as const;

type Command = keyof typeof commands;

const help = `Exact favourite counts from a DynamoDB stream.

Usage: favourite-counts COMMAND [options]
       favourite-counts COMMAND --help

${Object.entries(commands)
  .map(([name, { does }]) => `  ${name.padEnd(10)} ${does}`)
  .join('\n')}

To count a table in your own CDK app, add the construct:
  import { FavouriteCounts } from 'favourite-counts';
To read counts from your application:
  import { createFavouriteCountsClient } from 'favourite-counts/client';

  --help     shows this help
  --version  shows the version

The documentation is in docs/ of the package; start with docs/adopt.md.
`;

async function main([word, ...rest]: readonly string[]): Promise<void> {
  if (word === undefined || word === '--help' || word === '-h' || word === 'help') {
    process.stdout.write(help);
    process.exitCode = word === undefined ? 1 : 0;
  } else if (word === '--version' || word === '-v') {
    process.stdout.write(`${manifest.version}\n`);
  } else if (!isCommand(word)) {
    const known = nearest(word, Object.keys(commands));
    fail(`${word} is not a command; the nearest one is ${known} (--help lists them).`);
  } else if (Number.parseInt(process.versions.node, 10) < commands[word].node) {
    const { node } = process.versions;
    fail(`favourite-counts ${word} needs Node ${commands[word].node} or later; this is Node ${node}.`);
  } else {
    dropWarningsOfOthers();
    // Each command reads the words after its own name.
    process.argv = [...process.argv.slice(0, 2), ...rest];
    // The build of the package writes one file for each command beside this one.
    await import(pathToFileURL(join(import.meta.dirname, `command-${word}.js`)).href);
  }
}

function isCommand(word: string): word is Command {
  return Object.hasOwn(commands, word);
}

/** The user can change neither: Node calls its SQLite experimental, and the SDK asks for a newer Node. */
function dropWarningsOfOthers(): void {
  const emit = process.emitWarning.bind(process) as (...given: readonly unknown[]) => void;
  process.emitWarning = (...given: readonly unknown[]): void => {
    if (!given.some((each) => /^(?:ExperimentalWarning|NodeVersionSupportWarning)\b/.test(String(each)))) {
      emit(...given);
    }
  };
}

function fail(message: string): void {
  process.stderr.write(`${message}\n`);
  process.exitCode = 1;
}

main(process.argv.slice(2)).catch((error: unknown) => fail(describeFailure(error)));
