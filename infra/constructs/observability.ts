/**
 * What an operator watches: one dashboard of the whole pipeline, and the alarms. Neither logs or names a
 * user.
 */
import { Construct } from 'constructs';
import type { Settings } from '../settings/settings.ts';
import { PipelineAlarms } from './pipeline-alarms.ts';
import { PipelineDashboard } from './pipeline-dashboard.ts';
import { PipelineMetrics, type WatchedParts } from './pipeline-metrics.ts';

export interface ObservabilityProps {
  readonly parts: WatchedParts;
  readonly settings: Settings['alarms'];
}

export class Observability extends Construct {
  constructor(scope: Construct, id: string, { parts, settings }: ObservabilityProps) {
    super(scope, id);
    const metrics = new PipelineMetrics(this, parts);
    const alarms = new PipelineAlarms(this, 'Alarms', { metrics, settings });
    new PipelineDashboard(this, 'Pipeline', { metrics, alarms: alarms.all });
  }
}
