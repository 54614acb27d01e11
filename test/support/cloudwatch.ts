/** The dashboard and the alarms of a template, and the metrics that they use. */
import {
  type JsonObject,
  objectOf,
  resourceNamed,
  resourcesOf,
  type SynthesizedTemplate,
} from './synthesized-template.ts';

export interface NamedMetric {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly statistic: string;
}

interface Widget {
  readonly title: string;
  readonly x: number;
  readonly width: number;
  readonly metrics: readonly NamedMetric[];
}

interface NamedAlarm {
  readonly name: string;
  readonly metrics: readonly NamedMetric[];
}

export const metricsOf = ({ metrics }: { readonly metrics: readonly NamedMetric[] }) => metrics;

export function dashboardOf(template: SynthesizedTemplate): {
  readonly name: unknown;
  readonly widgets: readonly Widget[];
  /** The alarms that the dashboard shows, as logical ids followed by `.Arn`. */
  readonly alarms: readonly string[];
} {
  const { DashboardName: name, DashboardBody: body } = resourceNamed(
    template,
    'AWS::CloudWatch::Dashboard',
  ).properties;
  const widgets = listOf(objectOf(JSON.parse(textOf(body)))['widgets']).map(objectOf);
  return {
    name,
    widgets: widgets.map((widget) => ({ ...placeOf(widget), metrics: widgetMetrics(widget) })),
    alarms: widgets.flatMap((widget) => listOf(objectOf(widget['properties'])['alarms'] ?? []).map(String)),
  };
}

export function alarmsOf(template: SynthesizedTemplate): readonly NamedAlarm[] {
  return resourcesOf(template, 'AWS::CloudWatch::Alarm').map(({ name, properties }) => ({
    name,
    metrics: alarmMetrics(properties),
  }));
}

function alarmMetrics(properties: JsonObject): readonly NamedMetric[] {
  const { Metrics: queries, ExtendedStatistic: percentile, Statistic: statistic } = properties;
  if (queries === undefined) return [metricOf(properties, percentile ?? statistic)];
  return listOf(queries).flatMap((query) => {
    const stat = objectOf(query)['MetricStat'];
    return stat === undefined ? [] : [metricOf(objectOf(objectOf(stat)['Metric']), objectOf(stat)['Stat'])];
  });
}

function metricOf(
  { Namespace: namespace, MetricName: name, Dimensions: dimensions }: JsonObject,
  statistic: unknown,
) {
  return {
    namespace: String(namespace),
    name: String(name),
    dimensions: Object.fromEntries(
      listOf(dimensions).map((dimension) => {
        const { Name: key, Value: value } = objectOf(dimension);
        return [String(key), dimensionText(value)];
      }),
    ),
    statistic: String(statistic),
  };
}

/** Turns the CDK's split of an ARN into a name for one part, such as `TablesFavourites.StreamArn[3]`. */
function dimensionText(value: unknown): string {
  if (typeof value === 'string') return value;
  const [index, { 'Fn::Split': split }] = listOf(objectOf(value)['Fn::Select']) as [number, JsonObject];
  return `${String(listOf(split)[1])}[${index}]`;
}

/** Parses `["AWS/SQS", "Name", "QueueName", "queue", { stat }]`, and skips a maths expression. */
function widgetMetrics(widget: JsonObject): readonly NamedMetric[] {
  return listOf(objectOf(widget['properties'])['metrics'] ?? []).flatMap((line) => {
    const parts = listOf(line);
    const [namespace, name, ...dimensions] = parts.filter((part) => typeof part === 'string');
    if (namespace === undefined || name === undefined) return [];
    const pairs = dimensions.flatMap((key, index) => (index % 2 === 0 ? [[key, dimensions[index + 1]]] : []));
    const { stat } = objectOf(parts.at(-1)) as { readonly stat?: string };
    return [
      {
        namespace,
        name,
        dimensions: Object.fromEntries(pairs) as Record<string, string>,
        // CloudWatch's default.
        statistic: stat ?? 'Average',
      },
    ];
  });
}

function placeOf({ x, width, properties }: JsonObject) {
  return { title: String(objectOf(properties)['title']), x: Number(x), width: Number(width) };
}

/** A text with every reference replaced by the name that it refers to. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  const [delimiter, parts] = listOf(objectOf(value)['Fn::Join']);
  return listOf(parts).map(dimensionText).join(String(delimiter));
}

function listOf(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new TypeError(`${JSON.stringify(value)} is not a list`);
  return value;
}
