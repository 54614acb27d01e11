/** What the resolved template says of its AWS::Pipes::Pipe: the local pipe has no other settings. */
export interface PipeSettings {
  readonly pipeArn: string;
  readonly streamArn: string;
  readonly startingPosition: 'TRIM_HORIZON' | 'LATEST';
  /** `SourceParameters.FilterCriteria.Filters[].Pattern`, JSON texts; a record passes when one of them matches, or there is none. */
  readonly filterPatterns: readonly string[];
  /** 1 to 10,000 records. */
  readonly batchSize: number;
  /** 0: a batch goes at once. */
  readonly maximumBatchingWindowSeconds: number;
  /** Lanes a shard, 1 to 10. */
  readonly parallelizationFactor: number;
  /** −1: for ever. */
  readonly maximumRetryAttempts: number;
  /** −1: no limit. */
  readonly maximumRecordAgeSeconds: number;
  readonly onPartialBatchItemFailure: 'AUTOMATIC_BISECT' | 'NONE';
}
