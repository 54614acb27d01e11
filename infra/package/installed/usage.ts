/** How a person starts a command of the installed package, in place of infra/command-line/usage.ts. */
export function usageOf(command: string): string {
  return `favourite-counts ${command}`;
}
