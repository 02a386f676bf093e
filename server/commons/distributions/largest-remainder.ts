/**
 * Divides a whole amount by weights so that the parts add up to it exactly: everyone gets their part rounded down,
 * and the units left over go to the largest remainders (Hamilton's method), among equals to the larger weight, then
 * to the smaller id. Parts come in the order of the weights. Where nobody has weight, nobody gets anything.
 */
export function divideByLargestRemainder(
  amount: bigint,
  weights: readonly { id: string; weight: bigint }[],
): bigint[] {
  const sum = weights.reduce((total, { weight }) => total + weight, 0n);
  if (sum <= 0n) return weights.map(() => 0n);
  const parts = weights.map(({ id, weight }, at) => ({
    ...{ at, id, weight },
    part: (amount * weight) / sum,
    remainder: (amount * weight) % sum,
  }));
  let left = amount - parts.reduce((total, { part }) => total + part, 0n);
  const ranked = [...parts].sort(
    (a, b) =>
      descending(a.remainder, b.remainder) || descending(a.weight, b.weight) || (a.id < b.id ? -1 : 1),
  );
  for (const one of ranked) {
    if (left <= 0n) break;
    one.part += 1n;
    left -= 1n;
  }
  return parts.map(({ part }) => part);
}

function descending(a: bigint, b: bigint): number {
  if (a === b) return 0;
  return a > b ? -1 : 1;
}
