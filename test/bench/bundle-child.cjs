/**
 * Runs one bundle in a separate process: loads it, then handles a batch for each message and answers with the
 * CPU that the batch used.
 */
const { performance } = require('node:perf_hooks');

const before = performance.now();
const { handler } = require(process.argv[2]);
process.send({ loadMs: performance.now() - before });

const context = {
  getRemainingTimeInMillis: () => 30_000,
  awsRequestId: 'request',
  functionName: 'aggregator',
};

process.on('message', async (batch) => {
  const start = process.cpuUsage();
  const { batchItemFailures } = await handler(batch, context);
  const { user, system } = process.cpuUsage(start);
  process.send({ cpuMs: (user + system) / 1000, failed: batchItemFailures.length });
});
