/**
 * Calls `onReturn` when a generator is ended by `return()`. Its own `finally` block does not run if it is ended
 * before the first `next()`.
 */
export function withReturnHook<T>(
  units: AsyncGenerator<T, void, void>,
  onReturn: () => void,
): AsyncGenerator<T, void, void> {
  const { return: end } = units;
  units.return = (value): Promise<IteratorResult<T, void>> => {
    onReturn();
    return end.call(units, value);
  };
  return units;
}
