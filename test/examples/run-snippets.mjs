// Runs snippets of TypeScript as an adopter's program does, one after the other in one process. Its first
// argument lists them as JSON. Apps of the CDK are synthesized when the process ends.
import { join } from 'node:path';

const { apps = [], clients = [], config } = JSON.parse(process.argv[2]);

for (const directory of apps) {
  process.chdir(directory);
  process.env.CDK_OUTDIR = join(directory, 'cdk.out');
  await import(join(directory, 'snippet.ts'));
}

/** What the application calls each function with, by its name. */
const calls = {
  handler: () => [{}],
  likesOf: () => [['trattoria', 'osteria']],
  popular: () => [],
  popularPage: async () => {
    const { createFavouriteCountsClient } = await import('favourite-counts/client');
    const { DynamoDBClient } = await import('@aws-sdk/client-dynamodb');
    return [createFavouriteCountsClient({ config, dynamoDb: new DynamoDBClient() })];
  },
};

const answers = [];
for (const directory of clients) {
  const exported = await import(join(directory, 'snippet.ts'));
  for (const [name, call] of Object.entries(exported)) {
    if (!calls[name]) throw new Error(`no test calls the function ${name} of ${directory}`);
    answers.push([name, await call(...(await calls[name]()))]);
  }
}
process.stdout.write(JSON.stringify(answers));
