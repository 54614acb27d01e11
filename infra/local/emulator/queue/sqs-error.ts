interface SqsErrorDetail {
  /** The error's name in the JSON protocol: `QueueDoesNotExist`. */
  readonly code: string;
  /** The name in the older query protocol, if different: `AWS.SimpleQueueService.NonExistentQueue`. */
  readonly queryCode?: string;
  readonly message: string;
  /** False if the service failed. The SDK retries such errors. */
  readonly senderFault?: boolean;
}

/** An error as SQS returns it over the AWS JSON protocol. */
export class SqsError extends Error {
  readonly code: string;
  readonly queryCode: string;
  readonly senderFault: boolean;

  constructor({ code, queryCode = code, message, senderFault = true }: SqsErrorDetail) {
    super(message);
    this.name = code;
    this.code = code;
    this.queryCode = queryCode;
    this.senderFault = senderFault;
  }
}

export function invalidParameter(message: string): SqsError {
  return new SqsError({ code: 'InvalidParameterValue', message });
}

/** An error whose name has a prefix in the older query protocol. */
export function prefixedError(code: string, message: string): SqsError {
  return new SqsError({ code, queryCode: `AWS.SimpleQueueService.${code}`, message });
}
