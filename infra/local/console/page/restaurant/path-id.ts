/** Whether the API takes an id in a path; a test compares this with the API's own rule. */
const ID_BYTES_MAX = 256;
const FORBIDDEN = /[/?#%\p{Cc}]/u;

/** The page asks the console for other ids, which may be any text that a table can hold. */
export function isPathId(id: string): boolean {
  // A browser drops the path segments "." and "..", encoded or not.
  if (id === '.' || id === '..' || id.trim() === '' || FORBIDDEN.test(id) || !id.isWellFormed()) return false;
  return new TextEncoder().encode(id).length <= ID_BYTES_MAX;
}
