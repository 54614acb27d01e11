/** What the client must know about a deployment: the text that the construct calls `clientConfig`. */
export interface ClientConfig {
  readonly version: 1;
  readonly countsTable: string;
  /** Absent if the counted table has a shape of its own. */
  readonly favouritesTable?: string;
  /** The number of shards to read. */
  readonly rankingShards: number;
  /** The windows that are served, such as `MONTH:1130,DAY:62`. */
  readonly timeWindows: string;
  readonly timeZone: string;
}

export function clientConfigOf(deployed: Omit<ClientConfig, 'version'>): ClientConfig {
  return { version: 1, ...deployed };
}
