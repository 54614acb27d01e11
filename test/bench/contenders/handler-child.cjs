/**
 * A process with one bundle for contenders.ts: loads it as Lambda would, and runs each batch that it gets.
 * Answers with the time and CPU of the batch, its failures, and the peak memory of the process so far.
 */
const { readFileSync } = require('node:fs');
const { performance } = require('node:perf_hooks');

const { handler } = require(process.argv[2]);
process.send({ kind: 'loaded' });

/** As the deployed function has it. */
const TIMEOUT_MS = Number(process.env['BENCH_TIMEOUT_MS'] ?? 60_000);

process.on('message', async (event) => {
  const deadlineMs = Date.now() + TIMEOUT_MS;
  const context = {
    getRemainingTimeInMillis: () => deadlineMs - Date.now(),
    awsRequestId: 'request',
    functionName: process.env['AWS_LAMBDA_FUNCTION_NAME'] ?? 'bench',
  };
  const cpu = process.cpuUsage();
  const startedAtMs = performance.now();
  const outcome = await handler(event, context).then(
    (answer) => ({ kind: 'answer', answer }),
    (error) => ({ kind: 'threw', message: String(error) }),
  );
  const wallMs = performance.now() - startedAtMs;
  const { user, system } = process.cpuUsage(cpu);
  process.send({ ...outcome, wallMs, cpuMs: (user + system) / 1000, peakMb: peakMb() });
});

process.on('disconnect', () => process.exit());

/** Linux keeps the peak of the process that started this one in maxRSS, but not in VmHWM. */
function peakMb() {
  try {
    const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'));
    return Number(kilobytes) / 1024;
  } catch {
    return process.resourceUsage().maxRSS / 1024;
  }
}
