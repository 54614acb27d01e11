export interface SqsErrorDetail {
  /** the shape's name in the JSON protocol: `QueueDoesNotExist` */
  readonly code: string;
  /** what the older query protocol called it, where that differs: `AWS.SimpleQueueService.NonExistentQueue` */
  readonly queryCode?: string;
  readonly message: string;
  /** false: the service's own fault, which the SDK tries again */
  readonly senderFault?: boolean;
}

/** An error as SQS gives it over the AWS JSON protocol. */
export class SqsError extends Error {
  readonly code: string;
  readonly queryCode: string;
  readonly senderFault: boolean;

  constructor(detail: SqsErrorDetail) {
    super(detail.message);
    this.name = detail.code;
    this.code = detail.code;
    this.queryCode = detail.queryCode ?? detail.code;
    this.senderFault = detail.senderFault ?? true;
  }
}

export function queueDoesNotExist(): SqsError {
  return new SqsError({
    code: 'QueueDoesNotExist',
    queryCode: 'AWS.SimpleQueueService.NonExistentQueue',
    message: 'The specified queue does not exist.',
  });
}

export function invalidParameter(message: string): SqsError {
  return new SqsError({ code: 'InvalidParameterValue', message });
}

/** Errors about a whole batch, whose older names have a prefix. */
export function batchError(code: string, message: string): SqsError {
  return new SqsError({ code, queryCode: `AWS.SimpleQueueService.${code}`, message });
}
