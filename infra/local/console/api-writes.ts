/** The API whose writes pass the gate, so that a recount finds tables that hold still. */
import type { Api } from '../emulator/http-api/api.ts';
import type { Gate } from '../replay/gate.ts';

/** Those that write to Favourites. */
const writingMethods: readonly string[] = ['PUT', 'DELETE'];
/** A new favourite, and one that is gone; 200 is the answer to a mark that was there already. */
const writtenStatuses: readonly number[] = [201, 204];

export function passWrites(o: {
  readonly api: Api;
  readonly gate: Gate;
  /** After each write that was answered as done. */
  readonly onWritten: () => void;
}): Api {
  return async (request) => {
    if (!writingMethods.includes(request.method)) return o.api(request);
    await o.gate.enter();
    try {
      const response = await o.api(request);
      if (writtenStatuses.includes(response.status)) o.onWritten();
      return response;
    } finally {
      o.gate.leave();
    }
  };
}
