// A separate process for the engine tests: starts an engine in the given directory, prints its endpoint on
// one line, and runs until it gets SIGINT or is killed.

import { startEngine } from '../../infra/local/emulator/engine/start-engine.ts';

async function main(directory: string, engine: string | undefined): Promise<void> {
  const started = await startEngine({ directory, engine: engine === 'dynamodb-local' ? engine : 'embedded' });
  process.once('SIGINT', () => void started.stop());
  process.stdout.write(`${started.endpoint}\n`);
}

const [directory, engine] = process.argv.slice(2);
if (directory === undefined) throw new Error('Usage: engine-process.ts DIRECTORY [ENGINE]');
void main(directory, engine);
