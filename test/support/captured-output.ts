/** The output of a handler on stdout and stderr, line by line, as CloudWatch receives it. */
import { jest } from '@jest/globals';

export interface CapturedOutput {
  readonly lines: () => readonly string[];
  /** The lines in the embedded metric format. */
  readonly metrics: () => readonly EmbeddedMetrics[];
  readonly reset: () => void;
  readonly stop: () => void;
}

export interface EmbeddedMetrics {
  readonly _aws: {
    readonly CloudWatchMetrics: readonly {
      readonly Namespace: string;
      readonly Metrics: readonly { readonly Name: string; readonly Unit: string }[];
    }[];
  };
  readonly [member: string]: unknown;
}

export function captureOutput(): CapturedOutput {
  let text = '';
  const take = (chunk: unknown): boolean => {
    text += String(chunk);
    return true;
  };
  const spies = [
    jest.spyOn(process.stdout, 'write').mockImplementation(take),
    jest.spyOn(process.stderr, 'write').mockImplementation(take),
    ...(['log', 'info', 'warn', 'error', 'debug'] as const).map((method) =>
      jest
        .spyOn(console, method)
        .mockImplementation((...values) => void take(`${values.map(String).join(' ')}\n`)),
    ),
  ];
  const lines = () => text.split('\n').filter((line) => line !== '');
  return {
    lines,
    metrics: () =>
      lines()
        .filter((line) => line.startsWith('{') && line.includes('"_aws"'))
        .map((line) => JSON.parse(line) as EmbeddedMetrics),
    reset: () => {
      text = '';
    },
    stop: () => {
      for (const spy of spies) spy.mockRestore();
    },
  };
}
