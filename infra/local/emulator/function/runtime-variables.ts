/** The environment variables that the Lambda runtime sets by itself, as the handlers' libraries read them. */
import { join } from 'node:path';
import type { FunctionSettings } from './invocation.ts';

/** `environmentId`: tells the log streams of one function's execution environments apart. */
export function runtimeVariables(settings: FunctionSettings, environmentId: string): Record<string, string> {
  const { bundleDirectory, region } = settings;
  return {
    _HANDLER: settings.handler,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_SESSION_TOKEN: 'local',
    AWS_DEFAULT_REGION: region,
    AWS_REGION: region,
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(settings.memorySizeMb),
    AWS_LAMBDA_FUNCTION_NAME: settings.name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${settings.name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: environmentId,
    LAMBDA_TASK_ROOT: bundleDirectory,
    LANG: 'en_US.UTF-8',
    TZ: ':UTC',
    // Where there is nothing: the SDK would read this user's own profile otherwise.
    AWS_CONFIG_FILE: join(bundleDirectory, '.aws', 'config'),
    AWS_SHARED_CREDENTIALS_FILE: join(bundleDirectory, '.aws', 'credentials'),
  };
}

/** Names that a template may not set, because Lambda refuses them. */
export const reservedVariables: ReadonlySet<string> = new Set([
  '_HANDLER',
  '_X_AMZN_TRACE_ID',
  'AWS_ACCESS_KEY',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_DEFAULT_REGION',
  'AWS_REGION',
  'AWS_EXECUTION_ENV',
  'AWS_LAMBDA_FUNCTION_MEMORY_SIZE',
  'AWS_LAMBDA_FUNCTION_NAME',
  'AWS_LAMBDA_FUNCTION_VERSION',
  'AWS_LAMBDA_INITIALIZATION_TYPE',
  'AWS_LAMBDA_LOG_GROUP_NAME',
  'AWS_LAMBDA_LOG_STREAM_NAME',
  'AWS_LAMBDA_RUNTIME_API',
  'LAMBDA_TASK_ROOT',
  'LAMBDA_RUNTIME_DIR',
]);
