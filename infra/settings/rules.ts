/** Rules between two settings. */
import { ALL_TIME, keptKinds } from '../../src/counting/time-window.ts';
import type { Settings } from './declarations.ts';

/** @param report called with two settings that disagree, and the requirement on the first one. */
export function checkRules(
  settings: Settings,
  report: (path: string, beside: string, must: string) => void,
): void {
  const { pipe, reconcile, alarms, existingFavourites, api, source } = settings;
  const { timeWindows, servedTimeWindows, ranking, previousRanking } = settings;
  // A record can wait this long for its batch to fill. That wait must not look like drift or set off the lag
  // alarm, and it must leave time for retries.
  const windowPath = 'pipe.maximumBatchingWindowSeconds';
  const window = pipe.maximumBatchingWindowSeconds;
  if (window > 0 && reconcile.graceSeconds <= window) {
    report(
      'reconcile.graceSeconds',
      windowPath,
      `exceed ${windowPath} (${window}), or a waiting record looks like drift`,
    );
  }
  if (alarms.lagSeconds <= window) {
    report(
      'alarms.lagSeconds',
      windowPath,
      `exceed ${windowPath} (${window}), or records that wait for their batch ring the alarm`,
    );
  }
  if (pipe.maximumRecordAgeSeconds < 10 * window) {
    const must = `be at least ten times ${windowPath} (${window}), to leave time for retries`;
    report('pipe.maximumRecordAgeSeconds', windowPath, must);
  }

  const { tableArn, streamArn, keyArn } = existingFavourites;
  if (streamArn === undefined ? tableArn !== undefined : !streamArn.startsWith(`${tableArn}/stream/`)) {
    const tablePath = 'existingFavourites.tableArn';
    report('existingFavourites.streamArn', tablePath, `belong to ${tablePath}; give both or neither`);
  }

  if (keyArn !== undefined && tableArn === undefined) {
    const must = 'be left out unless existingFavourites.tableArn is given';
    report('existingFavourites.keyArn', 'existingFavourites.tableArn', must);
  }
  if (source.createdAt === 'none' && keptKinds(timeWindows).length > 0) {
    report('timeWindows', 'source', 'be empty, because the rows of source have no date (createdAt is none)');
  }

  const { kind, issuer, audience } = api.authorization;
  const kindPath = 'api.authorization.kind';
  if (kind === 'IAM' && (issuer !== undefined || audience.length > 0)) {
    report(kindPath, 'api.authorization.issuer', 'be JWT if an issuer or an audience is given');
  }
  if (kind === 'JWT' && issuer === undefined) {
    report('api.authorization.issuer', kindPath, `be given if ${kindPath} is JWT`);
  }
  if (kind === 'JWT' && audience.length === 0) {
    report('api.authorization.audience', kindPath, `name one or more client ids if ${kindPath} is JWT`);
  }
  for (const [path, value] of Object.entries({ ranking, previousRanking })) {
    const kinds = Object.keys(value ?? {});
    if (kinds.some((one) => one !== ALL_TIME && !(one in timeWindows))) {
      report(path, 'timeWindows', 'name only ALL_TIME and kinds that timeWindows keeps');
    }
  }
  if (servedTimeWindows?.some((served) => timeWindows[served] === undefined)) {
    report('servedTimeWindows', 'timeWindows', 'name only kinds that timeWindows keeps');
  }
}
