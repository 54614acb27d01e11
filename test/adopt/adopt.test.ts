/**
 * Follows docs/adopt.md word for word, with its files and its commands, in its order. It runs against
 * ministack, while an application goes on marking and un-marking. ADOPT_FAVOURITES sets the number of
 * favourites.
 */
import { copyFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient, ListStreamsCommand } from '@aws-sdk/client-dynamodb-streams';
import { allRecords, pipeTarget } from '../deploy/deployed-stack.ts';
import { callForJson } from '../deploy/calls.ts';
import { account, type Ministack, region, startMinistack } from '../deploy/ministack.ts';
import { describeWith } from '../deploy/programs.ts';
import { packInto } from '../package/package-file.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { type Adopter, adopterIn, type Ran } from './adopter.ts';
import { readSteps, type Step } from './page.ts';
import { appBefore, countsOf, makeShop, type Shop, useShop, writeShop } from './shop.ts';

const FAVOURITES = Number(process.env['ADOPT_FAVOURITES'] ?? 10_000);
/** How many marks, and as many un-marks, the application makes between two steps. */
const TRAFFIC = 50;

describeWith('ministack', ['ministack', 'aws'])(`docs/adopt.md, with ${FAVOURITES} favourites`, () => {
  const undo = new AsyncDisposableStack();
  const shop: Shop = makeShop(FAVOURITES);
  let ministack: Ministack;
  let adopter: Adopter;
  let client: DynamoDBClient;
  const steps = new Map(readSteps().map((step) => [step.heading, step]));

  beforeAll(async () => {
    ministack = undo.use(await startMinistack());
    const directory = undo.use(temporaryDirectory()).path;
    adopter = adopterIn(directory, ministack);
    client = undo.adopt(new DynamoDBClient(clientSettings()), (made) => made.destroy());
    const file = await packInto(undo.use(temporaryDirectory()).path);
    copyFileSync(file, join(directory, basename(file)));
    adopter.write('shop.ts', appBefore);
    await succeed(adopter.run('npm install'));
    await succeed(adopter.run(`cdk bootstrap aws://${account}/${region} && cdk deploy`));
    await writeShop(client, shop);
  });
  afterAll(() => undo.disposeAsync());

  const clientSettings = () => ({
    endpoint: ministack.endpoint,
    region,
    credentials: { accessKeyId: account, secretAccessKey: 'secret' },
  });

  it('asks the doctor, who describes the rows right', async () => {
    const [ran] = await follow('1. Ask the doctor', [0, 2]);
    expect(ran?.output).toContain('Shop');
    expect(JSON.parse(adopter.read('likes-source.json'))).toMatchObject({
      key: [
        { name: 'PK', type: 'S', pattern: 'USER#{user}' },
        { name: 'SK', type: 'S', pattern: 'FAV#{restaurant}' },
      ],
      createdAt: { attribute: 'createdAt', format: 'rfc3339' },
    });
  });

  it('deploys beside the table, and counts what happens from now on', async () => {
    await follow('2. Deploy');
    await useShop(client, shop, TRAFFIC);
    await playPipe();
  });

  it('seeds what was there before', async () => {
    const [ran] = await follow('3. Seed');
    expect(ran?.output).toContain('SUCCEEDED');
    await useShop(client, shop, TRAFFIC);
    await playPipe();
  });

  it('verifies that nothing differs', async () => {
    const [ran] = await follow('4. Verify');
    expect(ran?.output).toMatch(/SUCCEEDED\s.*"registersFound": ?0/);
  });

  it('shows where the counter of the shop is wrong, and that ours is right', async () => {
    const [ran] = await follow('5. Shadow', [0, 2]);
    expect(ran?.status).toBe(2);
    for (const restaurant of shop.errors.keys()) expect(ran?.output).toContain(restaurant);
    expect(ran?.output).toMatch(/\b3\b/);
  });

  it('reads the counts from the application', async () => {
    await follow('6. Switch reads over');
    const asked = [...countsOf(shop.favourites).keys()].slice(0, 100);
    adopter.write(
      'main.ts',
      `import { likesOf, popular } from './read-likes';
      Promise.all([likesOf(${JSON.stringify(asked)}), popular()])
        .then((answers) => console.log(JSON.stringify(answers)));`,
    );
    const { Client: config } = outputs();
    const { output } = await succeed(adopter.run('tsx main.ts', { LIKES: config ?? '' }));
    const [counts, ranking] = JSON.parse(output.split('\n', 1)[0] ?? '') as [
      readonly { readonly restaurantId: string; readonly counts: Readonly<Record<string, number>> }[],
      { readonly restaurants: readonly object[] },
    ];
    const expected = countsOf(shop.favourites);
    expect(counts.map(({ restaurantId, counts: { ALL_TIME } }) => [restaurantId, ALL_TIME])).toEqual(
      asked.map((restaurant) => [restaurant, expected.get(restaurant)]),
    );
    expect(ranking.restaurants.length).toBeGreaterThan(0);
  });

  it('rolls back, and leaves the table of the shop as it was', async () => {
    adopter.write(
      'shop.ts',
      appBefore
        .replace('billingMode', 'stream: StreamViewType.NEW_AND_OLD_IMAGES,\n  billingMode')
        .replace('Table }', 'StreamViewType, Table }'),
    );
    await follow('Roll back');
    await useShop(client, shop, 1);
  });

  it('writes a template for teams without the CDK', async () => {
    await follow('Without the CDK');
    expect(adopter.read('template/template.json')).toContain('AWS::Pipes::Pipe');
  });

  function outputs(): Readonly<Record<string, string>> {
    return (JSON.parse(adopter.read('outputs.json')) as Record<string, Record<string, string>>)['Shop'] ?? {};
  }

  /** Writes the files of a step and runs its commands, in its order. */
  async function follow(heading: string, allowed: readonly number[] = [0]): Promise<readonly Ran[]> {
    const step = steps.get(heading) as Step;
    expect(step?.blocks.length).toBeGreaterThan(0);
    const ran: Ran[] = [];
    for (const { language, code, file } of step.blocks) {
      if (file !== undefined) adopter.write(file, code);
      if (language === 'bash') ran.push(await succeed(adopter.run(code), allowed));
    }
    return ran;
  }

  /** Delivers the records of the stream to the function, because a pipe of ministack does not. */
  async function playPipe(): Promise<void> {
    const streams = new DynamoDBStreamsClient(clientSettings());
    try {
      const { Streams: [stream] = [] } = await streams.send(new ListStreamsCommand({ TableName: 'Shop' }));
      const streamArn = stream?.StreamArn ?? '';
      const records = await allRecords(streams, streamArn);
      expect(records.length).toBeGreaterThan(0);
      const answer = await callForJson(ministack, {
        service: 'lambda',
        method: 'POST',
        path: `/2015-03-31/functions/${await pipeTarget(ministack, streamArn)}/invocations`,
        body: JSON.stringify(records),
      });
      expect(answer).toEqual({ batchItemFailures: [] });
    } finally {
      streams.destroy();
    }
  }
});

async function succeed(running: Promise<Ran>, allowed: readonly number[] = [0]): Promise<Ran> {
  const ran = await running;
  if (!allowed.includes(ran.status)) throw new Error(`exit status ${ran.status}:\n${ran.output}`);
  return ran;
}
