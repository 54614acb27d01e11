import { join } from 'node:path';
import type { FunctionSettings } from './invocation.ts';

type ValueOf = (settings: FunctionSettings, environmentId: string) => string | undefined;

const absent: ValueOf = () => undefined;

/** The environment variables that Lambda reserves. A template may not set them. */
const reserved: Readonly<Record<string, ValueOf>> = {
  _HANDLER: ({ handler }) => handler,
  _X_AMZN_TRACE_ID: absent,
  AWS_ACCESS_KEY: absent,
  AWS_ACCESS_KEY_ID: () => 'local',
  AWS_SECRET_ACCESS_KEY: () => 'local',
  AWS_SESSION_TOKEN: () => 'local',
  AWS_DEFAULT_REGION: ({ region }) => region,
  AWS_REGION: ({ region }) => region,
  AWS_EXECUTION_ENV: () => 'AWS_Lambda_nodejs24.x',
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: ({ memorySizeMb }) => String(memorySizeMb),
  AWS_LAMBDA_FUNCTION_NAME: ({ name }) => name,
  AWS_LAMBDA_FUNCTION_VERSION: () => '$LATEST',
  AWS_LAMBDA_INITIALIZATION_TYPE: () => 'on-demand',
  AWS_LAMBDA_LOG_GROUP_NAME: ({ name }) => `/aws/lambda/${name}`,
  // Each execution environment of a function has another value.
  AWS_LAMBDA_LOG_STREAM_NAME: (_, environmentId) => environmentId,
  AWS_LAMBDA_RUNTIME_API: absent,
  LAMBDA_TASK_ROOT: ({ bundleDirectory }) => bundleDirectory,
  LAMBDA_RUNTIME_DIR: absent,
};

export const reservedVariables: ReadonlySet<string> = new Set(Object.keys(reserved));

export function runtimeVariables(settings: FunctionSettings, environmentId: string): Record<string, string> {
  const values = Object.entries(reserved).flatMap(([name, valueOf]) => {
    const value = valueOf(settings, environmentId);
    return value === undefined ? [] : [[name, value] as const];
  });
  const nowhere = join(settings.bundleDirectory, '.aws');
  return {
    ...Object.fromEntries(values),
    LANG: 'en_US.UTF-8',
    TZ: ':UTC',
    // These files do not exist, so the SDK does not read the user's profile.
    AWS_CONFIG_FILE: join(nowhere, 'config'),
    AWS_SHARED_CREDENTIALS_FILE: join(nowhere, 'credentials'),
  };
}
