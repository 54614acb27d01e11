/** Checks at synthesis that a table matches its description, as far as the template shows it. */
import { Stack, Token } from 'aws-cdk-lib';
import { CfnGlobalTable, CfnTable, type ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';
import { keyText } from '../../src/counting/source/row-key.ts';
import { hasImages, needsOldImage, type Source } from '../../src/counting/source/source.ts';

/**
 * What the checks read of a table in this app, as its template will have it.
 * Source: CloudFormation reference, AWS::DynamoDB::Table and AWS::DynamoDB::GlobalTable.
 */
interface TableProperties {
  readonly keySchema?: readonly { readonly attributeName: string; readonly keyType: string }[];
  readonly attributeDefinitions?: readonly {
    readonly attributeName: string;
    readonly attributeType: string;
  }[];
  readonly streamSpecification?: { readonly streamViewType?: string };
}

/**
 * Each issue says what to change. Of an imported table the checks see only its ARNs.
 * @param source undefined if the description itself is wrong
 */
export function checkTable(
  table: ITable,
  { source, scope }: { readonly source: Source | undefined; readonly scope: Construct },
): readonly string[] {
  const properties = propertiesOf(table);
  return [
    ...placeIssues(table, scope),
    ...streamIssues(table, properties, source),
    ...(source ? keyIssues(properties, source) : []),
  ];
}

function propertiesOf(table: ITable): TableProperties | undefined {
  const { defaultChild } = table.node;
  if (!(defaultChild instanceof CfnTable) && !(defaultChild instanceof CfnGlobalTable)) return undefined;
  const { keySchema, attributeDefinitions, streamSpecification } = defaultChild;
  return Stack.of(table).resolve({ keySchema, attributeDefinitions, streamSpecification }) as TableProperties;
}

/** The ARN of the table's stream; undefined if it has none, or one that is not of this table. */
export function streamArnOf({ tableArn, tableStreamArn: arn }: ITable): string | undefined {
  if (arn === undefined || Token.isUnresolved(arn)) return arn;
  const isOfTable = Token.isUnresolved(tableArn) || arn.startsWith(`${tableArn}/stream/`);
  return isOfTable && /^arn:.*:table\/[^/]+\/stream\/[\w:.-]+$/.test(arn) ? arn : undefined;
}

/** A pipe reads only streams of its own account and region, and the functions name the table without them. */
function placeIssues(table: ITable, scope: Construct): readonly string[] {
  const stack = Stack.of(scope);
  // An imported table says in its ARN where it is, and not in its environment.
  const [, , , region, account] = isToken(table.tableArn) ? [] : table.tableArn.split(':');
  const places = [
    ['region', region ?? table.env.region, stack.region],
    ['account', account ?? table.env.account, stack.account],
  ] as const;
  return places
    .filter(([, ofTable, ofStack]) => ofTable !== ofStack && ![ofTable, ofStack].some(isToken))
    .map(
      ([what, ofTable, ofStack]) =>
        `source.table: the table is in the ${what} ${ofTable}, but this stack in ${ofStack}: ` +
        'put the construct into a stack beside the table',
    );
}

const isToken = (text: string): boolean => Token.isUnresolved(text);

function streamIssues(
  table: ITable,
  properties: TableProperties | undefined,
  source: Source | undefined,
): readonly string[] {
  const { tableStreamArn: arn } = table;
  if (arn !== undefined && streamArnOf(table) === undefined) {
    return [`source.table: ${arn} is not a stream of the table: give the LatestStreamArn of the table`];
  }
  const isOff = properties !== undefined && properties.streamSpecification === undefined;
  if (arn === undefined || isOff) {
    const remedy =
      properties === undefined
        ? 'import it with Table.fromTableAttributes({ tableArn, tableStreamArn })'
        : 'give it stream: StreamViewType.NEW_AND_OLD_IMAGES (dynamoStream, if it is a TableV2)';
    return [`source.table: ${table.node.path} has no stream to count from: ${remedy}`];
  }
  const viewType = properties?.streamSpecification?.streamViewType;
  if (viewType === undefined || source === undefined || hasImages(viewType, source)) return [];
  const wanted = needsOldImage(source) ? 'NEW_AND_OLD_IMAGES' : 'NEW_IMAGE or NEW_AND_OLD_IMAGES';
  return [`source.table: its stream has the view type ${viewType}, but its records need ${wanted}`];
}

function keyIssues(properties: TableProperties | undefined, source: Source): readonly string[] {
  const { keySchema = [], attributeDefinitions = [] } = properties ?? {};
  if (keySchema.length === 0) return [];
  const typeOf = (name: string) =>
    attributeDefinitions.find(({ attributeName }) => attributeName === name)?.attributeType ?? '';
  const partitionFirst = keySchema.toSorted((a, b) => a.keyType.localeCompare(b.keyType));
  const found = keyText(partitionFirst.map(({ attributeName: name }) => ({ name, type: typeOf(name) })));
  const described = keyText(source.key);
  if (found === described) return [];
  return [`source.key: the key of the table is ${found}, but source describes ${described}: correct source`];
}
