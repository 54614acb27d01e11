// The Lambda runtime inside a worker thread. It is CommonJS because a worker does not inherit the TypeScript
// loader. It also sends log lines through the message port, because a worker's stdout does not guarantee that
// the lines of an invocation arrive complete, in order, and before the response.
const { existsSync, readFileSync } = require('node:fs');
const Module = require('node:module');
const { join } = require('node:path');
const { performance } = require('node:perf_hooks');
const { parentPort, workerData } = require('node:worker_threads');

const { arn, bundleDirectory, handler: handlerName, memorySizeMb, functionName } = workerData;

const post = (message) => parentPort.postMessage(message, []);
const flushers = [captureLines(process.stdout), captureLines(process.stderr)];

start();

function start() {
  let handler;
  try {
    handler = loadHandler();
  } catch (error) {
    report(error);
    return;
  }
  parentPort.on('message', (invocation) => void serve(handler, invocation));
  post({ type: 'ready' });
}

async function serve(handler, { requestId, event, deadlineMs }) {
  const startedAt = performance.now();
  const cpuBefore = process.threadCpuUsage();
  try {
    const answer = await handler(JSON.parse(event), {
      awsRequestId: requestId,
      functionName,
      functionVersion: '$LATEST',
      memoryLimitInMB: String(memorySizeMb),
      invokedFunctionArn: arn,
      logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
      logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
      callbackWaitsForEmptyEventLoop: true,
      getRemainingTimeInMillis: () => Math.max(0, deadlineMs - Date.now()),
    });
    const payload = JSON.stringify(answer) ?? 'null';
    const cpu = process.threadCpuUsage(cpuBefore);
    flush();
    post({
      type: 'answer',
      payload,
      durationMs: performance.now() - startedAt,
      cpuMs: (cpu.user + cpu.system) / 1000,
    });
  } catch (error) {
    report(error);
  }
}

function report(error) {
  flush();
  post({
    type: 'error',
    errorType: error instanceof Error ? error.name : typeof error,
    errorMessage: error instanceof Error ? error.message : String(error),
  });
}

function loadHandler() {
  const dot = handlerName.lastIndexOf('.');
  const file = ['.js', '.cjs']
    .map((extension) => join(bundleDirectory, handlerName.slice(0, dot) + extension))
    .find((candidate) => existsSync(candidate));
  if (file === undefined) {
    throw named(
      'Runtime.ImportModuleError',
      `Cannot find module '${handlerName.slice(0, dot)}' in ${bundleDirectory}`,
    );
  }
  const handler = load(file)[handlerName.slice(dot + 1)];
  if (typeof handler !== 'function') {
    throw named('Runtime.HandlerNotFound', `${handlerName} is undefined or not exported by ${file}`);
  }
  return handler;
}

// `require` would load the bundle as an ES module if a package.json above it had "type": "module". On Lambda
// no package.json exists above the task root.
function load(file) {
  const bundle = new Module(file);
  bundle.filename = file;
  bundle['_compile'](readFileSync(file, 'utf8'), file, 'commonjs');
  return bundle.exports;
}

function named(name, message) {
  return Object.assign(new Error(message), { name });
}

function captureLines(stream) {
  let rest = '';
  stream.write = (chunk, encodingOrCallback, callback) => {
    const lines = (rest + (typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8'))).split(
      '\n',
    );
    rest = lines.pop();
    for (const line of lines) post({ type: 'line', line });
    const written = typeof encodingOrCallback === 'function' ? encodingOrCallback : callback;
    if (written !== undefined) process.nextTick(written);
    return true;
  };
  return () => {
    if (rest !== '') post({ type: 'line', line: rest });
    rest = '';
  };
}

function flush() {
  for (const flushStream of flushers) flushStream();
}
