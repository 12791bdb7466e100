/**
 * For an `LRUCache` that grows with what is in it. One that is only told its `max` takes the memory for all of it when it is made, and
 * clears it: a twentieth of the time in which a node starts.
 */
export const atMost = (count: number) => ({ maxSize: count, sizeCalculation: () => 1 });
