/**
 * The bundler replaces `@aws-sdk/credential-provider-node` with this. Lambda gives a function its credentials
 * in the environment, anew in each execution environment, so nothing refreshes them. The original also reads
 * files, SSO, processes and instance metadata; that code was a third of the bundle.
 */
export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';
