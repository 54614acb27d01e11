/** Everything that writes to Favourites beside the replay: the load, the API, and the page's hearts. */
import { isDefaultSource } from '../../../src/counting/source/source.ts';
import type { Api } from '../emulator/http-api/api.ts';
import type { LocalRun } from '../local-run.ts';
import type { KnownWindows } from '../replay/known-windows.ts';
import type { Gate } from '../replay/pace.ts';
import type { ReplayState } from '../replay/replay-state.ts';
import { createHearts } from './favourites/hearts.ts';
import { createLoadWrites } from './favourites/load-writes.ts';
import { createRowMaker } from './favourites/row-maker.ts';
import { createLoadGenerator } from './load-generator.ts';

export function createRunWriters(options: {
  readonly run: LocalRun;
  readonly seed: number;
  readonly windows: KnownWindows;
  /** All writes pass this gate. */
  readonly gate: Gate;
  readonly replayState: () => ReplayState;
}) {
  const { run, seed, windows, gate, replayState } = options;
  const { source, timeZone } = run.settings;
  const maker = createRowMaker(source, timeZone);
  const isDefault = isDefaultSource(source);
  const loadWrites = isDefault || 'reason' in maker ? undefined : createLoadWrites(source, maker);
  const load = createLoadGenerator(run, {
    seed,
    gate,
    onWritten: ({ createdAt }) => windows.addInstant(Date.parse(createdAt)),
    writeOf: typeof loadWrites === 'function' ? loadWrites : undefined,
  });
  let writtenByHearts = 0;
  const onWritten = (): void => {
    writtenByHearts += 1;
    windows.addInstant(Date.now());
  };
  const version = (): number => replayState().written + load.state().written;
  const noHearts = 'reason' in maker ? maker.reason : undefined;
  const noLoad = typeof loadWrites === 'object' ? loadWrites.reason : noHearts;
  const writer = isDefault ? ('api' as const) : ('console' as const);
  return {
    load,
    api: gateWrites(run.api, gate, onWritten),
    hearts: createHearts(run, maker, { gate, onWritten, version }),
    written: () => load.state().written + writtenByHearts,
    shown: { hearts: noHearts === undefined ? writer : ('nobody' as const), noHearts, noLoad },
  };
}

/** Makes the API's writes pass the gate. @param onWritten called after each write that changed Favourites */
export function gateWrites(api: Api, gate: Gate, onWritten: () => void): Api {
  return async (request) => {
    if (!['PUT', 'DELETE'].includes(request.method)) return api(request);
    return gate.pass(async () => {
      const response = await api(request);
      // 201 is a new favourite and 204 a deleted one. 200 means that the mark already existed.
      if ([201, 204].includes(response.status)) onWritten();
      return response;
    });
  };
}
