/** How large DynamoDB says that an item is. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';

export type Item = Readonly<Record<string, AttributeValue>>;

/** Bytes of an item as DynamoDB counts them, or a few more (Developer Guide, "Item sizes and formats"). */
export function itemSize(item: Item): number {
  return Object.entries(item).reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name) + valueSize(value),
    0,
  );
}

function valueSize({ S, N, B, SS, NS, BS, L, M }: AttributeValue): number {
  const texts = [...(S === undefined ? [] : [S]), ...(SS ?? [])].map((text) => Buffer.byteLength(text));
  const numbers = [...(N === undefined ? [] : [N]), ...(NS ?? [])].map(
    (digits) => Math.ceil(digits.length / 2) + 1,
  );
  const binaries = [...(B === undefined ? [] : [B]), ...(BS ?? [])].map(({ length }) => length);
  const list = (L ?? []).map((value) => 1 + valueSize(value));
  const map = M === undefined ? 0 : itemSize(M) + Object.keys(M).length;
  const nesting = L === undefined && M === undefined ? 0 : 3;
  const isFlag = [S, N, B, SS, NS, BS, L, M].every((value) => value === undefined);
  return [...texts, ...numbers, ...binaries, ...list].reduce(
    (sum, size) => sum + size,
    map + nesting + (isFlag ? 1 : 0),
  );
}
