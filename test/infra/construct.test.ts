/** The construct in an app of its own: properties, checks at synthesis, grants and metrics. */
import { describe, expect, it } from '@jest/globals';
import { Duration, Lazy, NestedStack, RemovalPolicy, Size, Stack, Stage } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { UserPool } from 'aws-cdk-lib/aws-cognito';
import {
  AttributeType,
  type ITable,
  StreamViewType,
  Table,
  type TablePropsV2,
  TableV2,
} from 'aws-cdk-lib/aws-dynamodb';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { FavouriteCounts, type FavouriteCountsProps } from '../../infra/constructs/favourite-counts.ts';
import { metricUnits } from '../../src/lambda/metrics.ts';
import { likesTable, newApp, single } from '../support/likes-table.ts';

function newStack(id = 'Shop'): Stack {
  return new Stack(newApp(), id);
}

function count(stack: Stack, id: string, props: FavouriteCountsProps): FavouriteCounts {
  return new FavouriteCounts(stack, id, props);
}

function likes(stack: Stack, props: FavouriteCountsProps = {}): FavouriteCounts {
  return new FavouriteCounts(stack, 'Likes', { source: { table: likesTable(stack), ...single }, ...props });
}

/** As the template writes it. */
function resolved(stack: Stack, value: unknown): unknown {
  return stack.resolve(value);
}

/** The messages of synthesis, without the path of the construct in front of each. */
function errorsOf(stack: Stack): readonly string[] {
  try {
    (stack.node.root as Stage).synth();
  } catch (thrown) {
    return (thrown as Error).message.split('\n').flatMap((line) => /\] (.*)/.exec(line)?.[1] ?? []);
  }
  return [];
}

describe('FavouriteCounts beside a table', () => {
  it('creates everything but the table, and no API', () => {
    const stack = newStack();
    const counts = likes(stack);
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::DynamoDB::Table', 4);
    template.resourceCountIs('AWS::ApiGatewayV2::Api', 0);
    template.resourceCountIs('AWS::Lambda::Function', 8);
    template.hasResourceProperties('AWS::Pipes::Pipe', {
      Source: resolved(stack, counts.favouritesTable.tableStreamArn),
    });
    expect(counts.apiUrl).toBeUndefined();
  });

  it('keeps and protects the tables, and keeps logs for 90 days, unless told otherwise', () => {
    const [byDefault, changed] = [newStack(), newStack()];
    likes(byDefault);
    likes(changed, {
      removalPolicy: RemovalPolicy.DESTROY,
      logs: { retention: 7 },
    });
    const [kept, deleted] = [Template.fromStack(byDefault), Template.fromStack(changed)];
    kept.resourcePropertiesCountIs('AWS::DynamoDB::Table', { DeletionProtectionEnabled: true }, 3);
    kept.hasResource('AWS::SQS::Queue', { DeletionPolicy: 'Retain' });
    kept.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 90 });
    deleted.resourcePropertiesCountIs('AWS::DynamoDB::Table', { DeletionProtectionEnabled: true }, 0);
    deleted.hasResource('AWS::SQS::Queue', { DeletionPolicy: 'Delete' });
    deleted.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 7 });
  });

  it('takes durations and sizes in any unit', () => {
    const stack = newStack();
    likes(stack, {
      pipe: { maximumRecordAge: Duration.hours(2), maximumBatchingWindow: Duration.seconds(5) },
      aggregator: { memorySize: Size.gibibytes(1), timeout: Duration.minutes(2) },
      deadLetters: { retention: Duration.days(3), maximumMessageSize: Size.kibibytes(256) },
      windows: { WEEK: Duration.days(30), DAY: 'forever' },
    });
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::Pipes::Pipe', {
      SourceParameters: {
        DynamoDBStreamParameters: { MaximumRecordAgeInSeconds: 7200, MaximumBatchingWindowInSeconds: 5 },
      },
    });
    template.hasResourceProperties('AWS::Lambda::Function', {
      MemorySize: 1024,
      Timeout: 120,
      Environment: {
        Variables: { TIME_WINDOWS: 'WEEK:30,DAY:forever', POWERTOOLS_SERVICE_NAME: 'aggregator' },
      },
    });
    template.hasResourceProperties('AWS::SQS::Queue', {
      MessageRetentionPeriod: 259_200,
      MaximumMessageSize: 262_144,
    });
  });

  it('decrypts with the key of the table through DynamoDB alone', () => {
    const stack = newStack();
    const table = Table.fromTableAttributes(stack, 'Table', {
      tableArn: 'arn:aws:dynamodb:eu-west-1:123456789012:table/Likes',
      tableStreamArn: 'arn:aws:dynamodb:eu-west-1:123456789012:table/Likes/stream/2026-01-02T03:04:05.678',
      encryptionKey: Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:eu-west-1:123456789012:key/abc'),
    });
    count(stack, 'Likes', { source: { table, ...single } });
    const statements = JSON.stringify(Template.fromStack(stack).findResources('AWS::IAM::Policy'));
    expect(statements).toContain('"Action":"kms:Decrypt","Condition":{"StringEquals":{"kms:ViaService"');
  });

  it('counts a TableV2 too', () => {
    const stack = newStack();
    const table = new TableV2(stack, 'Table', {
      partitionKey: { name: 'PK', type: AttributeType.STRING },
      sortKey: { name: 'SK', type: AttributeType.STRING },
      dynamoStream: StreamViewType.NEW_AND_OLD_IMAGES,
    });
    count(stack, 'Likes', { source: { table: table as ITable, ...single } });
    expect(errorsOf(stack)).toEqual([]);
  });

  it('turns the API on when asked, with an issuer that only the deployment knows', () => {
    const stack = newStack();
    const pool = new UserPool(stack, 'Pool');
    const client = pool.addClient('Web');
    const counts = likes(stack, {
      api: {
        authorization: { kind: 'JWT', issuer: pool.userPoolProviderUrl, audience: [client.userPoolClientId] },
      },
    });
    expect(errorsOf(stack)).toEqual([]);
    Template.fromStack(stack).hasResourceProperties('AWS::ApiGatewayV2::Authorizer', {
      JwtConfiguration: {
        Issuer: resolved(stack, pool.userPoolProviderUrl),
        Audience: [resolved(stack, client.userPoolClientId)],
      },
    });
    expect(resolved(stack, counts.apiUrl)).toEqual({
      'Fn::GetAtt': [expect.stringMatching(/^LikesApi/), 'ApiEndpoint'],
    });
  });

  it('leaves out dashboard and alarms when asked, and notifies a topic', () => {
    const [without, notified] = [newStack(), newStack()];
    likes(without, { dashboard: false, alarms: { enabled: false } });
    const topic = new Topic(notified, 'OnCall');
    likes(notified, { alarms: { topic, lag: Duration.minutes(5) } });
    Template.fromStack(without).resourceCountIs('AWS::CloudWatch::Alarm', 0);
    Template.fromStack(without).resourceCountIs('AWS::CloudWatch::Dashboard', 0);
    const template = Template.fromStack(notified);
    template.allResourcesProperties('AWS::CloudWatch::Alarm', {
      AlarmActions: [resolved(notified, topic.topicArn)],
      OKActions: [resolved(notified, topic.topicArn)],
    });
    template.hasResourceProperties('AWS::CloudWatch::Alarm', { Threshold: 300_000 });
  });
});

describe('FavouriteCounts at synthesis', () => {
  it('reports all mistakes at once, by the names of its properties', () => {
    const stack = newStack();
    likes(stack, {
      rankingShards: 0,
      timeZone: 'Mars/Olympus',
      pipe: { maximumBatchingWindow: Duration.minutes(6), batchSize: 20_000 },
      reconcile: { grace: Duration.millis(1500) },
      api: { authorization: { kind: 'JWT' } },
      source: {
        table: new Table(stack, 'Bare', {
          partitionKey: { name: 'id', type: AttributeType.NUMBER },
        }) as ITable,
        ...single,
        createdAt: { attribute: 'createdAt', format: 'sql' },
      },
      ...{ rankingShard: 5 },
    });
    expect(errorsOf(stack)).toEqual([
      expect.stringMatching(/^reconcile\.grace .*1500 millis/),
      'rankingShard is not a property; the nearest one is rankingShards',
      expect.stringMatching(/^pipe\.batchSize must be .* from 1 to 10000, not '20000'/),
      expect.stringMatching(/^pipe\.maximumBatchingWindow must be .* from 0 to 300, not '360'/),
      expect.stringMatching(/^rankingShards must be a whole number of shards from 1 to 200, not '0'/),
      expect.stringMatching(/^source: createdAt\.zone must be an IANA time zone/),
      expect.stringMatching(/^timeZone must be an IANA time zone/),
      'api.authorization.issuer must be given if api.authorization.kind is JWT',
      expect.stringMatching(/^api\.authorization\.audience must name/),
      expect.stringMatching(/^source\.table: Shop\/Bare has no stream to count from: give it stream/),
    ]);
  });

  it('reports a table whose stream lacks images, and one that is imported without its stream', () => {
    const [bare, imported] = [newStack(), newStack()];
    const keysOnly = likesTable(bare, StreamViewType.KEYS_ONLY);
    count(bare, 'Likes', { source: { table: keysOnly, ...single } });
    const table = Table.fromTableName(imported, 'Table', 'Likes');
    count(imported, 'Likes', { source: { table, ...single } });
    expect(errorsOf(bare)).toEqual([
      expect.stringMatching(/view type KEYS_ONLY, but its records need NEW_IMAGE/),
    ]);
    expect(errorsOf(imported)).toEqual([
      expect.stringMatching(/fromTableAttributes\(\{ tableArn, tableStreamArn/),
    ]);
  });

  it('reports a key that differs from the description, and marks that the client cannot write', () => {
    const stack = newStack();
    const table = likesTable(stack);
    const counts = count(stack, 'Likes', {
      source: { table, ...single, key: [{ name: 'id', type: 'S', pattern: '{restaurant}#{user}' }] },
    });
    counts.grantMark(new Role(stack, 'App', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') }));
    expect(errorsOf(stack)).toEqual([
      expect.stringMatching(/^grantMark: the table has a shape of its own: .*table\.grantReadWriteData/),
      'source.key: the key of the table is PK (S), SK (S), but source describes id (S): correct source',
    ]);
  });

  const wrong = (props: object) => {
    const stack = newStack();
    likes(stack, props);
    return errorsOf(stack);
  };

  it.each<[string, object, RegExp]>([
    ['a number for a Duration', { reconcile: { grace: 60 } }, /^reconcile\.grace must be a Duration such as/],
    ['a number for a Size', { aggregator: { memorySize: 512 } }, /^aggregator\.memorySize must be a Size/],
    [
      'a removal policy of snapshots',
      { removalPolicy: 'snapshot' },
      /^removalPolicy must be RemovalPolicy\.RETAIN/,
    ],
    ['a list of windows', { windows: ['DAY'] }, /^windows must be an object such as/],
    [
      'a kind of window that does not exist',
      { windows: { CENTURY: 'forever' } },
      /^windows\.CENTURY is wrong/,
    ],
    ['half a day', { windows: { DAY: Duration.hours(36) } }, /^windows\.DAY is wrong: .* whole days/],
    ['a word for a window', { windows: { DAY: 'always' } }, /^windows\.DAY is wrong/],
    ['false for the API', { api: false }, /^api must be an object of properties, such as api: \{\}$/],
    [
      'a token for a number',
      { rankingShards: Lazy.number({ produce: () => 5 }) },
      /^rankingShards must be known/,
    ],
    ['a token for text', { timeZone: Lazy.string({ produce: () => 'UTC' }) }, /^timeZone must be known/],
    ['a name that is far from all', { foo: 1 }, /^foo is not a property$/],
    ['a number for a name', { name: 5 }, /^name must be 1 to 128 letters/],
    [
      'an ARN for a topic',
      { alarms: { topic: 'arn:aws:sns:eu-west-1:1:T' } },
      /^alarms\.topic must be a Topic/,
    ],
    ['a table for the source', { source: 'Shop' }, /^source must be \{ table, … \}/],
    ['an empty source', { source: {} }, /^source is empty: give it your table/],
    ['the name of a table', { source: { table: 'Shop', ...single } }, /^source\.table must be a Table/],
  ])('reports %s, and nothing else', (_, props, message) => {
    expect(wrong(props)).toEqual([expect.stringMatching(message)]);
  });

  it('reports a FIFO topic, which no alarm can notify', () => {
    const stack = newStack();
    const topic = new Topic(stack, 'OnCall', { fifo: true });
    likes(stack, { alarms: { topic } });
    expect(errorsOf(stack)).toEqual([expect.stringMatching(/^alarms\.topic is a FIFO topic/)]);
  });

  it('reports a TableV2 without a stream', () => {
    const stack = newStack();
    const [partitionKey, sortKey] = ['PK', 'SK'].map((name) => ({ name, type: AttributeType.STRING }));
    const table = new TableV2(stack, 'Table', { partitionKey, sortKey } as TablePropsV2) as ITable;
    count(stack, 'Likes', { source: { table, ...single } });
    expect(errorsOf(stack)).toEqual([expect.stringMatching(/has no stream to count from: .*dynamoStream/)]);
  });

  const tableArn = 'arn:aws:dynamodb:eu-west-1:123456789012:table/Shop';
  it.each([
    [
      'another region',
      'us-east-1',
      '123456789012',
      `${tableArn}/stream/2026-01-02T03:04:05.678`,
      /the region eu-west-1/,
    ],
    [
      'another account',
      'eu-west-1',
      '999999999999',
      `${tableArn}/stream/2026-01-02T03:04:05.678`,
      /the account 123456/,
    ],
    [
      'the stream of another table',
      'eu-west-1',
      '123456789012',
      tableArn.replace('Shop', 'Other/stream/2026'),
      /LatestStreamArn/,
    ],
    ['any stream of the table', 'eu-west-1', '123456789012', `${tableArn}/stream/*`, /LatestStreamArn/],
    ['no ARN of a stream', 'eu-west-1', '123456789012', 'latest', /LatestStreamArn/],
  ])('reports an imported table with %s', (_, region, account, tableStreamArn, message) => {
    const app = newApp();
    const stack = new Stack(app, 'Shop', { env: { region, account } });
    const table = Table.fromTableAttributes(stack, 'Table', { tableArn, tableStreamArn });
    count(stack, 'Likes', { source: { table, ...single } });
    expect(errorsOf(stack)).toEqual([expect.stringMatching(message)]);
  });

  it('takes the same name in two stages that are deployed to different accounts', () => {
    const app = newApp();
    const stacks = ['Test', 'Production'].map(
      (id) => new Stack(new Stage(app, id), 'Shop', { stackName: 'Shop' }),
    );
    for (const stack of stacks) count(stack, 'Likes', {});
    const [first] = stacks;
    expect(first && errorsOf(first)).toEqual([]);
  });

  it('reports a name that a dashboard or a log group cannot have', () => {
    const stack = newStack();
    likes(stack, { name: 'My likes!' });
    expect(errorsOf(stack)).toEqual(["name must be 1 to 128 letters, digits, - or _, not 'My likes!'"]);
  });

  it('reports two that share a name', () => {
    const stack = newStack();
    count(stack, 'Likes', { name: 'Counts' });
    count(stack, 'Follows', { name: 'Counts' });
    expect(errorsOf(stack)).toEqual([
      expect.stringMatching(/^name: Counts is also the name of Shop\/Follows/),
      expect.stringMatching(/^name: Counts is also the name of Shop\/Likes/),
    ]);
  });
});

describe('the names of FavouriteCounts', () => {
  it('are those of the stack and of the construct, also in a nested stack', () => {
    const stack = newStack();
    const nested = new NestedStack(stack, 'Social');
    expect(new FavouriteCounts(stack, 'Likes').name).toBe('Shop-Likes');
    expect(new FavouriteCounts(nested, 'Likes').name).toBe('Shop-Social-Likes');
  });
});

describe('the grants of FavouriteCounts', () => {
  function granted(grant: (counts: FavouriteCounts, role: Role) => void): string {
    const stack = newStack();
    const counts = new FavouriteCounts(stack, 'Likes');
    const role = new Role(stack, 'App', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    grant(counts, role);
    const policies = Template.fromStack(stack).findResources('AWS::IAM::Policy');
    return JSON.stringify(Object.entries(policies).filter(([id]) => id.startsWith('App')));
  }

  it('allow no more than the client needs', () => {
    const actions = (text: string) =>
      [...text.matchAll(/(?:dynamodb|states):\w+/g)].map(([name]) => name).toSorted();
    expect(actions(granted((counts, role) => counts.grantReadCounts(role)))).toEqual([
      'dynamodb:BatchGetItem',
      'dynamodb:Query',
    ]);
    expect(actions(granted((counts, role) => counts.grantMark(role)))).toEqual([
      'dynamodb:DeleteItem',
      'dynamodb:GetItem',
      'dynamodb:PutItem',
      'dynamodb:Query',
    ]);
    expect(actions(granted((counts, role) => counts.grantStartReconcile(role)))).toEqual([
      'states:StartExecution',
    ]);
  });
});

describe('the metrics of FavouriteCounts', () => {
  const counts = new FavouriteCounts(newStack(), 'Likes');

  it('has a method for each metric that the functions emit', () => {
    const methods = counts as unknown as Readonly<
      Record<string, () => { metricName: string; namespace: string }>
    >;
    for (const name of Object.keys(metricUnits)) {
      expect(methods[`metric${name}`]?.()).toMatchObject({ metricName: name, namespace: 'Shop-Likes' });
    }
  });

  it('take the options of any metric', () => {
    const lag = counts.metricLag({ statistic: 'p50', period: Duration.minutes(1) });
    expect(lag).toMatchObject({ statistic: 'p50', dimensions: { service: 'aggregator' } });
    expect(counts.metricReconcileUncountableRows().dimensions).toEqual({ service: 'reconcile-report' });
  });
});
