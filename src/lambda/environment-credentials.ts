/**
 * The bundler replaces `@aws-sdk/credential-provider-node` with this. Lambda gives a function its credentials
 * in the environment, anew in each execution environment, so nothing refreshes them. Files, SSO, processes
 * and instance metadata, where the original looks too, were a third of the bundle.
 */
export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';
