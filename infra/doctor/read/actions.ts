/** What the doctor may call. Those that are not needed are skipped if they are denied. */
import type { Remedies } from '../../command-line/dynamodb/read-errors.ts';

export const actions = {
  needed: ['dynamodb:DescribeTable', 'dynamodb:Scan'],
  useful: [
    'dynamodb:DescribeTimeToLive',
    'dynamodb:DescribeStream',
    'dynamodb:DescribeKinesisStreamingDestination',
    'dynamodb:ListTables',
  ],
} as const;

export const remedies: Remedies = {
  denied:
    `Use credentials whose policy allows ${actions.needed.join(' and ')} on the table; ` +
    '--help lists what else is useful.',
  throttled: 'Try later, or with --sample 500.',
};
