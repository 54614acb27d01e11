/**
 * Replays a property's failure: fast-check prints `{ seed: 1, path: "2:0" }`, and
 * `FC_SEED=1 FC_PATH=2:0 npm test -- FILE` runs that case again. Either may be left out.
 */
import fc from 'fast-check';

const { FC_SEED: seed, FC_PATH: path } = process.env;
if (seed !== undefined) {
  fc.configureGlobal({
    ...fc.readConfigureGlobal(),
    seed: Number(seed),
    ...(path !== undefined && { path }),
  });
}
