/** How a person starts a command of this repository. */
export function usageOf(command: string): string {
  return command === 'start' ? 'npm start --' : `npm run ${command} --`;
}
